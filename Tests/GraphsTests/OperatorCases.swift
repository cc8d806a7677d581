import Testing

/// The test cases of ONNX's backend tests that exercise one operator first of all.
struct OperatorCases: Sendable, CustomTestStringConvertible {
    let operatorName: String
    /// Names of cases; `*` at the end stands for any rest. A case "..._expanded" holds the operator as ONNX spells it
    /// out in other ones, a case "written_..." is one of ``NodeCase/written``.
    let patterns: [String]

    init(_ operatorName: String, _ patterns: String...) {
        self.operatorName = operatorName
        self.patterns = patterns
    }

    var testDescription: String { operatorName }

    /// One line an operator.
    static let all: [OperatorCases] = [
        OperatorCases("Abs", "test_abs", "test_reduce_l1_*", "test_Softsign"),
        OperatorCases("Add", "test_add*"),
        OperatorCases("ArgMax", "test_argmax_*"),
        OperatorCases(
            "Attention", "test_attention_23_boolmask_fullymasked_row_nan_robustness",
            "test_attention_23_fullymasked_qk_matmul_output_mode3_zero",
            "test_attention_24_fullymasked_qk_matmul_output_mode3_zero", "test_attention_3d",
            "test_attention_3d_attn_mask", "test_attention_3d_causal", "test_attention_3d_diff_heads_sizes",
            "test_attention_3d_diff_heads_sizes_attn_mask", "test_attention_3d_diff_heads_sizes_causal",
            "test_attention_3d_diff_heads_sizes_scaled", "test_attention_3d_diff_heads_sizes_softcap",
            "test_attention_3d_diff_heads_with_past_and_present", "test_attention_3d_gqa",
            "test_attention_3d_gqa_attn_mask", "test_attention_3d_gqa_causal", "test_attention_3d_gqa_scaled",
            "test_attention_3d_gqa_softcap", "test_attention_3d_gqa_with_past_and_present",
            "test_attention_3d_local_window", "test_attention_3d_scaled", "test_attention_3d_softcap",
            "test_attention_3d_transpose_verification", "test_attention_3d_with_past_and_present",
            "test_attention_3d_with_past_and_present_qk_matmul",
            "test_attention_3d_with_past_and_present_qk_matmul_bias",
            "test_attention_3d_with_past_and_present_qk_matmul_softcap",
            "test_attention_3d_with_past_and_present_qk_matmul_softmax", "test_attention_4d",
            "test_attention_4d_attn_mask", "test_attention_4d_attn_mask_3d", "test_attention_4d_attn_mask_3d_causal",
            "test_attention_4d_attn_mask_4d", "test_attention_4d_attn_mask_4d_causal",
            "test_attention_4d_attn_mask_bool", "test_attention_4d_attn_mask_bool_4d", "test_attention_4d_causal",
            "test_attention_4d_causal_nonpad_attn_mask_composition", "test_attention_4d_causal_nonpad_batch_prefill",
            "test_attention_4d_causal_nonpad_continued_prefill",
            "test_attention_4d_causal_nonpad_negative_offset_structural_empty",
            "test_attention_4d_causal_with_past_and_present", "test_attention_4d_diff_heads_mask4d_padded_kv",
            "test_attention_4d_diff_heads_sizes", "test_attention_4d_diff_heads_sizes_attn_mask",
            "test_attention_4d_diff_heads_sizes_causal", "test_attention_4d_diff_heads_sizes_scaled",
            "test_attention_4d_diff_heads_sizes_softcap", "test_attention_4d_diff_heads_with_past_and_present",
            "test_attention_4d_diff_heads_with_past_and_present_mask3d",
            "test_attention_4d_diff_heads_with_past_and_present_mask4d", "test_attention_4d_gqa",
            "test_attention_4d_gqa_attn_mask", "test_attention_4d_gqa_causal",
            "test_attention_4d_gqa_causal_nonpad_decode", "test_attention_4d_gqa_scaled",
            "test_attention_4d_gqa_softcap", "test_attention_4d_gqa_with_past_and_present", "test_attention_4d_scaled",
            "test_attention_4d_softcap", "test_attention_4d_softcap_neginf_mask",
            "test_attention_4d_softcap_neginf_mask_poison", "test_attention_4d_with_past_and_present",
            "test_attention_4d_with_past_and_present_qk_matmul",
            "test_attention_4d_with_past_and_present_qk_matmul_bias",
            "test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask",
            "test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal",
            "test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask",
            "test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal", "test_attention_4d_with_qk_matmul",
            "test_attention_4d_with_qk_matmul_bias", "test_attention_4d_with_qk_matmul_softcap",
            "test_attention_4d_with_qk_matmul_softmax", "test_attention_bidirectional_window",
            "test_attention_causal_boolmask_nan_robustness", "test_attention_local_window",
            "test_attention_local_window_default", "test_attention_local_window_ext_cache_rank2_mask",
            "test_attention_local_window_ext_cache_rank3_head_mask",
            "test_attention_local_window_ext_cache_rank4_batch_mask", "test_attention_local_window_gqa_rank4_mask",
            "test_attention_local_window_rank1_boolean_mask", "test_attention_local_window_with_past"),
        OperatorCases("AveragePool", "test_averagepool_*", "test_AvgPool*"),
        OperatorCases("BatchNormalization", "test_batchnorm_*", "test_BatchNorm*"),
        OperatorCases(
            "Cast", "test_cast_DOUBLE_to_FLOAT", "test_cast_FLOAT_to_DOUBLE", "test_cast_FLOAT_to_FLOAT16",
            "test_cast_FLOAT16_to_FLOAT", "test_cast_FLOAT16_to_DOUBLE", "test_cast_DOUBLE_to_FLOAT16",
            "test_cast_FLOAT_to_BFLOAT16", "test_cast_BFLOAT16_to_FLOAT", "test_flexattention_*"),
        OperatorCases("Ceil", "test_ceil*"),
        OperatorCases("Celu", "test_celu"),
        OperatorCases("Clip", "test_clip*"),
        OperatorCases("Concat", "test_concat_*"),
        OperatorCases("Constant", "test_constant"),
        OperatorCases("ConstantOfShape", "test_constantofshape_*"),
        OperatorCases("Conv", "test_basic_conv_*", "test_conv_*", "test_Conv1d*", "test_Conv2d*", "test_Conv3d*"),
        OperatorCases("ConvTranspose", "test_convtranspose*", "test_ConvTranspose*"),
        OperatorCases("DepthToSpace", "test_depthtospace_*"),
        OperatorCases("Div", "test_div*"),
        OperatorCases("Dropout", "test_dropout_*", "test_training_dropout*"),
        OperatorCases("Elu", "test_elu*", "test_ELU"),
        OperatorCases("Equal", "test_equal*"),
        OperatorCases("Erf", "test_erf"),
        OperatorCases("Exp", "test_exp", "test_exp_example", "test_Poisson*"),
        OperatorCases("Expand", "test_expand_*"),
        OperatorCases("Flatten", "test_flatten_*"),
        OperatorCases("Floor", "test_floor*"),
        OperatorCases(
            "GRU", "test_gru_batchwise", "test_gru_bidirectional", "test_gru_defaults", "test_gru_reverse",
            "test_gru_seq_length", "test_gru_with_initial_bias"),
        OperatorCases("Gather", "test_gather_*", "test_Embedding*"),
        OperatorCases("Gelu", "test_gelu_*"),
        OperatorCases("Gemm", "test_gemm_*", "test_Linear"),
        OperatorCases("GlobalAveragePool", "test_globalaveragepool*"),
        OperatorCases("GlobalMaxPool", "test_globalmaxpool*"),
        OperatorCases("GroupNormalization", "test_group_normalization_epsilon", "test_group_normalization_example"),
        OperatorCases("HardSigmoid", "test_hardsigmoid*"),
        OperatorCases("HardSwish", "test_hardswish*"),
        OperatorCases("Identity", "test_identity", "test_causal_conv_*"),
        OperatorCases("InstanceNormalization", "test_instancenorm_*"),
        OperatorCases("LRN", "test_lrn*"),
        OperatorCases(
            "LSTM", "test_lstm_batchwise", "test_lstm_bidirectional", "test_lstm_defaults", "test_lstm_reverse",
            "test_lstm_with_initial_bias", "test_lstm_with_peepholes"),
        OperatorCases(
            "LayerNormalization", "test_layer_normalization_2d_axis0", "test_layer_normalization_2d_axis1",
            "test_layer_normalization_2d_axis_negative_1", "test_layer_normalization_2d_axis_negative_2",
            "test_layer_normalization_3d_axis0_epsilon", "test_layer_normalization_3d_axis1_epsilon",
            "test_layer_normalization_3d_axis2_epsilon", "test_layer_normalization_3d_axis_negative_1_epsilon",
            "test_layer_normalization_3d_axis_negative_2_epsilon",
            "test_layer_normalization_3d_axis_negative_3_epsilon", "test_layer_normalization_4d_axis0",
            "test_layer_normalization_4d_axis1", "test_layer_normalization_4d_axis2",
            "test_layer_normalization_4d_axis3", "test_layer_normalization_4d_axis_negative_1",
            "test_layer_normalization_4d_axis_negative_2", "test_layer_normalization_4d_axis_negative_3",
            "test_layer_normalization_4d_axis_negative_4", "test_layer_normalization_default_axis"),
        OperatorCases("LeakyRelu", "test_leakyrelu*", "test_LeakyReLU*"),
        OperatorCases("Log", "test_log", "test_log_example", "test_reduce_log_sum_*"),
        OperatorCases("LogSoftmax", "test_logsoftmax_*", "test_LogSoftmax", "test_log_softmax_*"),
        OperatorCases("MatMul", "test_matmul_*", "test_Linear_no_bias"),
        OperatorCases("Max", "test_max_*"),
        OperatorCases("MaxPool", "test_maxpool_*", "test_MaxPool*"),
        OperatorCases("Mean", "test_mean_*"),
        OperatorCases("Min", "test_min_*"),
        OperatorCases("Mish", "test_mish*"),
        OperatorCases("Mul", "test_mul*"),
        OperatorCases("Neg", "test_neg*"),
        OperatorCases("Not", "written_not", "test_not_*"),
        OperatorCases("PRelu", "test_prelu_*", "test_PReLU_*"),
        OperatorCases(
            "Pad", "test_constant_pad*", "test_edge_pad", "test_reflect_pad", "test_wrap_pad", "test_center_crop_pad_*",
            "test_ConstantPad2d", "test_ReflectionPad2d", "test_ReplicationPad2d", "test_ZeroPad2d"),
        OperatorCases("Pow", "test_pow*"),
        OperatorCases(
            "RMSNormalization", "test_rms_normalization_2d_axis0", "test_rms_normalization_2d_axis1",
            "test_rms_normalization_2d_axis_negative_1", "test_rms_normalization_2d_axis_negative_2",
            "test_rms_normalization_3d_axis0_epsilon", "test_rms_normalization_3d_axis1_epsilon",
            "test_rms_normalization_3d_axis2_epsilon", "test_rms_normalization_3d_axis_negative_1_epsilon",
            "test_rms_normalization_3d_axis_negative_2_epsilon", "test_rms_normalization_3d_axis_negative_3_epsilon",
            "test_rms_normalization_4d_axis0", "test_rms_normalization_4d_axis1", "test_rms_normalization_4d_axis2",
            "test_rms_normalization_4d_axis3", "test_rms_normalization_4d_axis_negative_1",
            "test_rms_normalization_4d_axis_negative_2", "test_rms_normalization_4d_axis_negative_3",
            "test_rms_normalization_4d_axis_negative_4", "test_rms_normalization_default_axis"),
        OperatorCases(
            "RNN", "test_rnn_seq_length", "test_simple_rnn_batchwise", "test_simple_rnn_bidirectional",
            "test_simple_rnn_defaults", "test_simple_rnn_reverse", "test_simple_rnn_with_initial_bias"),
        OperatorCases("Range", "test_range_*"),
        OperatorCases("ReduceMax", "test_reduce_max_*"),
        OperatorCases("ReduceMean", "test_reduce_mean_*", "test_group_normalization_*", "test_mvn_*"),
        OperatorCases("ReduceSum", "test_reduce_sum_*"),
        OperatorCases("Relu", "test_relu", "test_ReLU"),
        OperatorCases("Reshape", "test_reshape_*", "test_PixelShuffle"),
        OperatorCases("Resize", "test_resize_*"),
        OperatorCases(
            "RotaryEmbedding", "test_rotary_embedding", "test_rotary_embedding_3d_input",
            "test_rotary_embedding_interleaved", "test_rotary_embedding_no_position_ids",
            "test_rotary_embedding_no_position_ids_interleaved", "test_rotary_embedding_no_position_ids_rotary_dim",
            "test_rotary_embedding_with_interleaved_rotary_dim", "test_rotary_embedding_with_rotary_dim"),
        OperatorCases("Selu", "test_selu*", "test_SELU"),
        OperatorCases("Shape", "test_shape*"),
        OperatorCases("Sigmoid", "test_sigmoid*", "test_Sigmoid"),
        OperatorCases("SimplifiedLayerNormalization", "written_simplified_layer_normalization"),
        OperatorCases("Slice", "test_slice*"),
        OperatorCases("Softmax", "test_softmax_*", "test_Softmax", "test_Softmin"),
        OperatorCases("Softplus", "test_softplus*", "test_Softplus"),
        OperatorCases("Softsign", "test_softsign", "test_softsign_example"),
        OperatorCases("SpaceToDepth", "test_spacetodepth*"),
        OperatorCases("Split", "test_split_*", "test_rotary_embedding_*", "test_GLU*"),
        OperatorCases("Sqrt", "test_sqrt*"),
        OperatorCases("Squeeze", "test_squeeze*"),
        OperatorCases("Sub", "test_sub*"),
        OperatorCases("Sum", "test_sum_*"),
        OperatorCases("Tanh", "test_tanh*", "test_Tanh"),
        OperatorCases(
            "ThresholdedRelu", "test_thresholdedrelu", "test_thresholdedrelu_default", "test_thresholdedrelu_example"),
        OperatorCases("Tile", "test_tile*"),
        OperatorCases("TopK", "test_top_k*"),
        OperatorCases("Transpose", "test_transpose_*"),
        OperatorCases("Unsqueeze", "test_unsqueeze_*"),
        OperatorCases("Upsample", "test_upsample_nearest"),
        OperatorCases("Where", "test_where_*"),
    ]

    /// Cases that must be refused as `unsupported`: they train, or were written for opset 1.
    static let refused: Set<String> = [
        "test_batchnorm_epsilon_training_mode", "test_batchnorm_example_training_mode", "test_training_dropout",
        "test_training_dropout_default", "test_training_dropout_default_mask", "test_training_dropout_mask",
        "test_not_2d", "test_not_3d", "test_not_4d",
    ]

    /// Cases with expected numbers that only ONNX's reference gives: for align_corners its `length_resized` is a
    /// product with a fraction, while ONNX Runtime, OpenVINO and this engine use the output's extent.
    static let decidedOtherwise: Set<String> = [
        "test_resize_downsample_scales_linear_align_corners", "test_resize_downsample_scales_cubic_align_corners",
    ]

    /// The names among `available` that this line stands for; without a star also names that no list holds.
    func names(among available: [String]) -> [String] {
        patterns.flatMap { pattern in
            pattern.hasSuffix("*") ? available.filter { $0.hasPrefix(pattern.dropLast()) } : [pattern]
        }
    }

    /// What is wrong with a list of lines for a catalogue: operators without cases or with two lines, and lines
    /// without operator.
    static func complaints(_ lines: [OperatorCases], catalogue: [String]) -> [String] {
        var result: [String] = []
        for name in catalogue {
            let found = lines.filter { $0.operatorName == name }
            if found.count != 1 { result.append("\(name) has \(found.count) lines") }
            if found.contains(where: \.patterns.isEmpty) { result.append("\(name) has no cases") }
        }
        for line in lines where !catalogue.contains(line.operatorName) {
            result.append("\(line.operatorName) is not in the catalogue")
        }
        return result
    }
}
