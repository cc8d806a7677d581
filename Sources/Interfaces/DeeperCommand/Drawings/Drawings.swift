#if CommandLine
import Deeper

/// The drawings that `deeper demo` shows to the built-in model: one for each of its classes.
enum Drawings {
    static let all: [(name: String, marks: [Canvas.Mark])] = [
        ("airplane", airplane),
        ("automobile", automobile),
        ("bird", bird),
        ("cat", cat),
        ("deer", deer),
        ("dog", dog),
        ("frog", frog),
        ("horse", horse),
        ("ship", ship),
        ("truck", truck),
    ]

    static func picture(of marks: [Canvas.Mark]) throws -> Picture {
        var canvas = Canvas()
        for mark in marks { canvas.draw(mark) }
        return try canvas.picture()
    }

    private static let airplane: [Canvas.Mark] = [
        .rows(0..<128, from: 0x4682C8, to: 0xBED7F0),
        .polygon(0x969BA5, [(60, 66), (84, 66), (58, 102), (48, 102)]),
        .polygon(0xEBEEF2, [(8, 62), (20, 56), (104, 56), (118, 62), (120, 66), (106, 72), (24, 72)]),
        .polygon(0xD73C32, [(10, 60), (24, 58), (16, 36), (6, 36)]),
        .polygon(0xA0A5AF, [(14, 64), (30, 64), (18, 76), (10, 76)]),
        .polygon(0xBEC3CD, [(62, 57), (80, 57), (62, 36), (54, 36)]),
        .ellipse(0x5A5F69, x: 66, y: 78, radii: (7, 4)),
        .dots(0x3C506E, x: stride(from: 34, to: 104, by: 7), y: 61, radius: 1.6),
        .line(0xB4B9C3, from: (24, 69), to: (108, 69), width: 2),
    ]

    private static let automobile: [Canvas.Mark] = [
        .rows(0..<60, from: 0xAAC8E1, to: 0xE1E6E6),
        .rows(60..<128, from: 0x78826E, to: 0x6E6E70),
        .rows(78..<128, from: 0x767678, to: 0x58585C),
        .ellipse(0x3C3C40, x: 64, y: 104, radii: (54, 6)),
        .polygon(0xC81E23, [(10, 74), (30, 68), (44, 48), (86, 48), (104, 68), (118, 74), (120, 96), (8, 96)]),
        .polygon(0x465A6E, [(36, 68), (47, 52), (63, 52), (63, 68)]),
        .polygon(0x465A6E, [(67, 52), (83, 52), (97, 68), (67, 68)]),
        .line(0x961419, from: (10, 84), to: (118, 84), width: 2),
        .line(0x961419, from: (65, 68), to: (65, 94), width: 1.2),
        .ellipse(0x19191C, x: 34, y: 96, radii: (12, 12)),
        .ellipse(0xB9B9BE, x: 34, y: 96, radii: (6, 6)),
        .ellipse(0x19191C, x: 94, y: 96, radii: (12, 12)),
        .ellipse(0xB9B9BE, x: 94, y: 96, radii: (6, 6)),
        .ellipse(0xFFF0BE, x: 114, y: 80, radii: (4, 3)),
        .polygon(0xFF7850, [(8, 78), (13, 78), (13, 84), (8, 84)]),
    ]

    private static let bird: [Canvas.Mark] = [
        .rows(0..<128, from: 0x96B996, to: 0x6E965F),
        .line(0x5F462D, from: (0, 104), to: (128, 96), width: 7),
        .polygon(0x5F4B3C, [(84, 76), (122, 98), (112, 104), (76, 86)]),
        .ellipse(0x966946, x: 66, y: 72, radii: (30, 22)),
        .ellipse(0xD78250, x: 60, y: 80, radii: (22, 14)),
        .ellipse(0x8C5F3E, x: 42, y: 50, radii: (16, 15)),
        .polygon(0xE6AA28, [(28, 48), (12, 54), (29, 56)]),
        .ellipse(0x0A0A0A, x: 37, y: 47, radii: (3, 3)),
        .polygon(0x694832, [(60, 60), (96, 72), (86, 86), (62, 80)]),
        .line(0x785A32, from: (58, 92), to: (57, 102), width: 2.5),
        .line(0x785A32, from: (68, 92), to: (69, 101), width: 2.5),
    ]

    private static let cat: [Canvas.Mark] = [
        .rows(0..<128, from: 0xBEAA96, to: 0xA08C78),
        .ellipse(0x78736E, x: 64, y: 108, radii: (40, 36)),
        .polygon(0x78736E, [(30, 50), (34, 14), (58, 32)]),
        .polygon(0x78736E, [(98, 50), (94, 14), (70, 32)]),
        .polygon(0xCD9691, [(35, 42), (38, 23), (50, 34)]),
        .polygon(0xCD9691, [(93, 42), (90, 23), (78, 34)]),
        .ellipse(0x78736E, x: 64, y: 56, radii: (36, 30)),
        .ellipse(0xC8C850, x: 49, y: 52, radii: (7, 6)),
        .ellipse(0x0A0A0A, x: 49, y: 52, radii: (2.5, 6)),
        .ellipse(0xC8C850, x: 79, y: 52, radii: (7, 6)),
        .ellipse(0x0A0A0A, x: 79, y: 52, radii: (2.5, 6)),
        .ellipse(0xE1DCD7, x: 64, y: 70, radii: (14, 10)),
        .polygon(0xD27878, [(59, 62), (69, 62), (64, 68)]),
        .line(0xF0F0F0, from: (50, 68.8), to: (18, 61.2), width: 1),
        .line(0xF0F0F0, from: (78, 68.8), to: (110, 61.2), width: 1),
        .line(0xF0F0F0, from: (50, 70.8), to: (18, 69.2), width: 1),
        .line(0xF0F0F0, from: (78, 70.8), to: (110, 69.2), width: 1),
        .line(0xF0F0F0, from: (50, 72.8), to: (18, 77.2), width: 1),
        .line(0xF0F0F0, from: (78, 72.8), to: (110, 77.2), width: 1),
        .line(0x46423E, from: (54, 28), to: (54, 38), width: 3),
        .line(0x46423E, from: (64, 28), to: (64, 38), width: 3),
        .line(0x46423E, from: (74, 28), to: (74, 38), width: 3),
        .ellipse(0xD7D2CD, x: 64, y: 112, radii: (20, 20)),
    ]

    private static let deer: [Canvas.Mark] = [
        .rows(0..<74, from: 0x3C552D, to: 0x5F783C),
        .rows(74..<128, from: 0x7D8C46, to: 0x647337),
        .polygon(0x3C3024, [(9, 0), (15, 0), (16, 76), (8, 76)]),
        .polygon(0x3C3024, [(31, 0), (37, 0), (38, 76), (30, 76)]),
        .polygon(0x3C3024, [(55, 0), (61, 0), (62, 76), (54, 76)]),
        .polygon(0x3C3024, [(107, 0), (113, 0), (114, 76), (106, 76)]),
        .ellipse(0xA56E41, x: 60, y: 70, radii: (30, 16)),
        .polygon(0xA56E41, [(76, 70), (94, 66), (104, 38), (90, 34)]),
        .ellipse(0xA56E41, x: 102, y: 34, radii: (12, 8)),
        .ellipse(0x32231C, x: 112, y: 37, radii: (5, 4)),
        .ellipse(0xA56E41, x: 90, y: 27, radii: (4, 9)),
        .ellipse(0xD7AA8C, x: 91, y: 28, radii: (2, 6)),
        .line(0x6E553C, from: (96, 28), to: (90, 6), width: 3),
        .line(0x6E553C, from: (92, 16), to: (82, 8), width: 3),
        .line(0x6E553C, from: (100, 28), to: (106, 6), width: 3),
        .line(0x6E553C, from: (103, 16), to: (114, 8), width: 3),
        .line(0xA56E41, from: (38, 76), to: (37, 116), width: 6),
        .line(0xA56E41, from: (47, 76), to: (46, 116), width: 6),
        .line(0xA56E41, from: (74, 76), to: (75, 116), width: 6),
        .line(0xA56E41, from: (83, 76), to: (84, 116), width: 6),
        .line(0x7D502D, from: (50, 78), to: (51, 114), width: 5),
        .line(0x7D502D, from: (70, 78), to: (70, 114), width: 5),
        .ellipse(0xF0E8D7, x: 31, y: 64, radii: (4, 7)),
        .ellipse(0xCDA578, x: 60, y: 79, radii: (20, 6)),
        .ellipse(0x0A0A0A, x: 103, y: 32, radii: (2, 2)),
        .polygon(0xCDA578, [(86, 64), (94, 62), (98, 46), (93, 46)]),
    ]

    private static let dog: [Canvas.Mark] = [
        .rows(0..<128, from: 0x96BE78, to: 0x6E9650),
        .ellipse(0xBE8C50, x: 64, y: 116, radii: (38, 34)),
        .ellipse(0xBE8C50, x: 64, y: 52, radii: (32, 32)),
        .ellipse(0x785028, x: 34, y: 56, radii: (10, 24)),
        .ellipse(0x785028, x: 94, y: 56, radii: (10, 24)),
        .ellipse(0xEBD7B4, x: 64, y: 68, radii: (19, 17)),
        .ellipse(0x191414, x: 64, y: 60, radii: (8, 6)),
        .ellipse(0x1E140F, x: 51, y: 46, radii: (4.5, 5)),
        .ellipse(0x1E140F, x: 77, y: 46, radii: (4.5, 5)),
        .line(0x3C281E, from: (64, 66), to: (64, 76), width: 1.5),
        .ellipse(0xDC646E, x: 64, y: 82, radii: (6, 7)),
        .ellipse(0xEBD7B4, x: 64, y: 118, radii: (18, 22)),
    ]

    private static let frog: [Canvas.Mark] = [
        .rows(0..<128, from: 0x968C5A, to: 0x78693C),
        .ellipse(0x504628, x: 64, y: 104, radii: (58, 10)),
        .ellipse(0x3C6E23, x: 22, y: 92, radii: (22, 10)),
        .ellipse(0x3C6E23, x: 106, y: 92, radii: (22, 10)),
        .ellipse(0x55962D, x: 64, y: 78, radii: (42, 32)),
        .ellipse(0xAABE6E, x: 64, y: 88, radii: (32, 20)),
        .ellipse(0x5FA032, x: 64, y: 56, radii: (34, 20)),
        .ellipse(0x5FA032, x: 40, y: 40, radii: (11, 11)),
        .ellipse(0xE6C83C, x: 40, y: 40, radii: (7, 7)),
        .ellipse(0x0F0F0A, x: 40, y: 40, radii: (3.5, 5)),
        .ellipse(0x5FA032, x: 88, y: 40, radii: (11, 11)),
        .ellipse(0xE6C83C, x: 88, y: 40, radii: (7, 7)),
        .ellipse(0x0F0F0A, x: 88, y: 40, radii: (3.5, 5)),
        .line(0x2D5019, from: (40, 64), to: (88, 64), width: 2.5),
        .line(0x468228, from: (34, 92), to: (26, 110), width: 9),
        .line(0x468228, from: (94, 92), to: (102, 110), width: 9),
        .ellipse(0x37691E, x: 46, y: 76, radii: (3, 3)),
        .ellipse(0x37691E, x: 60, y: 70, radii: (3, 3)),
        .ellipse(0x37691E, x: 78, y: 76, radii: (3, 3)),
        .ellipse(0x37691E, x: 90, y: 84, radii: (3, 3)),
        .ellipse(0x37691E, x: 38, y: 86, radii: (3, 3)),
    ]

    private static let horse: [Canvas.Mark] = [
        .rows(0..<66, from: 0x96BEE1, to: 0xD7E4EB),
        .rows(66..<128, from: 0x6E9646, to: 0x507832),
        .ellipse(0x6E4123, x: 66, y: 66, radii: (34, 17)),
        .polygon(0x6E4123, [(84, 66), (98, 64), (112, 34), (100, 28)]),
        .polygon(0x6E4123, [(100, 26), (110, 26), (124, 46), (118, 52), (104, 44)]),
        .polygon(0x6E4123, [(101, 28), (104, 18), (108, 28)]),
        .polygon(0x3C2012, [(84, 58), (100, 28), (103, 26), (92, 58)]),
        .polygon(0x6E4123, [(37, 72), (47, 72), (45, 112), (39, 112)]),
        .polygon(0x1E140F, [(39, 108), (46, 108), (46, 114), (38, 114)]),
        .polygon(0x5F371E, [(47, 72), (57, 72), (55, 112), (49, 112)]),
        .polygon(0x1E140F, [(49, 108), (56, 108), (56, 114), (48, 114)]),
        .polygon(0x5F371E, [(77, 72), (87, 72), (85, 112), (79, 112)]),
        .polygon(0x1E140F, [(79, 108), (86, 108), (86, 114), (78, 114)]),
        .polygon(0x6E4123, [(87, 72), (97, 72), (95, 112), (89, 112)]),
        .polygon(0x1E140F, [(89, 108), (96, 108), (96, 114), (88, 114)]),
        .polygon(0x3C2012, [(34, 58), (24, 66), (22, 96), (28, 96), (36, 70)]),
        .ellipse(0x0A0A0A, x: 112, y: 36, radii: (2, 2)),
    ]

    private static let ship: [Canvas.Mark] = [
        .rows(0..<78, from: 0x78AADC, to: 0xCDDEEB),
        .rows(78..<128, from: 0x285A8C, to: 0x143764),
        .polygon(0x282D3C, [(10, 70), (118, 70), (106, 94), (22, 94)]),
        .polygon(0x962823, [(14, 84), (113, 84), (106, 94), (22, 94)]),
        .polygon(0xF0F0F0, [(30, 52), (98, 52), (98, 70), (26, 70)]),
        .polygon(0xE1E4E8, [(38, 40), (84, 40), (84, 52), (38, 52)]),
        .polygon(0xC83C28, [(52, 22), (64, 22), (64, 40), (52, 40)]),
        .polygon(0x1E1E1E, [(52, 22), (64, 22), (64, 26), (52, 26)]),
        .dots(0x324664, x: stride(from: 34, to: 96, by: 8), y: 61, radius: 2),
        .dots(0x324664, x: stride(from: 42, to: 84, by: 7), y: 46, radius: 1.6),
        .line(0x787878, from: (92, 52), to: (92, 26), width: 1.5),
        .line(0x6E96BE, from: (10, 98), to: (112, 98), width: 2),
        .line(0x6E96BE, from: (19, 106), to: (107, 106), width: 2),
        .line(0x6E96BE, from: (28, 116), to: (102, 116), width: 2),
    ]

    private static let truck: [Canvas.Mark] = [
        .rows(0..<72, from: 0x8CB4DC, to: 0xDCE4E8),
        .rows(72..<128, from: 0x828C6E, to: 0x78786E),
        .rows(88..<128, from: 0x6E6E70, to: 0x505054),
        .ellipse(0x37373A, x: 64, y: 110, radii: (58, 5)),
        .polygon(0xEEEEEB, [(8, 28), (82, 28), (82, 94), (8, 94)]),
        .polygon(0x3C3C42, [(8, 88), (84, 88), (84, 96), (8, 96)]),
        .polygon(0x285AAA, [(86, 46), (106, 46), (118, 68), (120, 98), (86, 98)]),
        .polygon(0x3C5064, [(91, 51), (104, 51), (113, 68), (91, 68)]),
        .line(0x285AAA, from: (8, 58), to: (82, 58), width: 3),
        .ellipse(0x161618, x: 24, y: 100, radii: (10, 10)),
        .ellipse(0xAAAAAF, x: 24, y: 100, radii: (4.5, 4.5)),
        .ellipse(0x161618, x: 44, y: 100, radii: (10, 10)),
        .ellipse(0xAAAAAF, x: 44, y: 100, radii: (4.5, 4.5)),
        .ellipse(0x161618, x: 102, y: 100, radii: (10, 10)),
        .ellipse(0xAAAAAF, x: 102, y: 100, radii: (4.5, 4.5)),
        .ellipse(0xFFF0BE, x: 118, y: 84, radii: (3, 3)),
    ]
}
#endif
