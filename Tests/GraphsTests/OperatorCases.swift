import Testing

/// The test cases of ONNX's backend tests whose main purpose is to exercise one operator.
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
        OperatorCases("Abs", "test_abs", "test_Softsign"),
        OperatorCases("Acos", "test_acos", "test_acos_example"),
        OperatorCases("Acosh", "test_acosh", "test_acosh_example"),
        OperatorCases("Add", "test_add*"),
        OperatorCases("And", "test_and2d", "test_and3d", "test_and4d", "test_and_bcast*"),
        OperatorCases(
            "AffineGrid", "test_affine_grid_2d", "test_affine_grid_2d_align_corners", "test_affine_grid_3d",
            "test_affine_grid_3d_align_corners"),
        OperatorCases("ArgMax", "test_argmax_*"),
        OperatorCases("ArgMin", "test_argmin_*"),
        OperatorCases("Asin", "test_asin", "test_asin_example"),
        OperatorCases("Asinh", "test_asinh", "test_asinh_example"),
        OperatorCases("Atan", "test_atan", "test_atan_example"),
        OperatorCases("Atanh", "test_atanh", "test_atanh_example"),
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
        OperatorCases("BitShift", "test_bitshift_*"),
        OperatorCases("BitwiseAnd", "test_bitwise_and_*"),
        OperatorCases("BitwiseNot", "test_bitwise_not_*"),
        OperatorCases("BitwiseOr", "test_bitwise_or_*"),
        OperatorCases("BitwiseXor", "test_bitwise_xor_*"),
        OperatorCases("BlackmanWindow", "test_blackmanwindow*"),
        OperatorCases(
            "Cast", "test_cast_DOUBLE_to_FLOAT", "test_cast_FLOAT_to_DOUBLE", "test_cast_FLOAT_to_FLOAT16",
            "test_cast_FLOAT16_to_FLOAT", "test_cast_FLOAT16_to_DOUBLE", "test_cast_DOUBLE_to_FLOAT16",
            "test_cast_FLOAT_to_BFLOAT16", "test_cast_BFLOAT16_to_FLOAT", "test_flexattention_*"),
        OperatorCases(
            "CastLike", "test_castlike_DOUBLE_to_FLOAT", "test_castlike_DOUBLE_to_FLOAT_expanded",
            "test_castlike_FLOAT_to_DOUBLE*"),
        OperatorCases("Ceil", "test_ceil*"),
        OperatorCases("Celu", "test_celu", "test_celu_expanded"),
        OperatorCases(
            "CenterCropPad", "test_center_crop_pad_crop", "test_center_crop_pad_crop_and_pad",
            "test_center_crop_pad_crop_axes_chw", "test_center_crop_pad_crop_axes_hwc",
            "test_center_crop_pad_crop_negative_axes_hwc", "test_center_crop_pad_pad"),
        OperatorCases("Clip", "test_clip*"),
        OperatorCases(
            "Col2Im", "test_col2im", "test_col2im_5d", "test_col2im_dilations", "test_col2im_pads",
            "test_col2im_strides"),
        OperatorCases(
            "Compress", "test_compress_0", "test_compress_1", "test_compress_default_axis",
            "test_compress_negative_axis"),
        OperatorCases("Concat", "test_concat_*"),
        OperatorCases("Constant", "test_constant"),
        OperatorCases("ConstantOfShape", "test_constantofshape_*"),
        OperatorCases("Conv", "test_basic_conv_*", "test_conv_*", "test_Conv1d*", "test_Conv2d*", "test_Conv3d*"),
        OperatorCases("ConvInteger", "test_convinteger_*"),
        OperatorCases("ConvTranspose", "test_convtranspose*", "test_ConvTranspose*"),
        OperatorCases("Cos", "test_cos", "test_cos_example"),
        OperatorCases("Cosh", "test_cosh", "test_cosh_example"),
        OperatorCases(
            "CumProd", "test_cumprod_1d", "test_cumprod_1d_exclusive", "test_cumprod_1d_int32_exclusive",
            "test_cumprod_1d_reverse", "test_cumprod_1d_reverse_exclusive", "test_cumprod_2d_axis_0",
            "test_cumprod_2d_axis_1", "test_cumprod_2d_int32", "test_cumprod_2d_negative_axis"),
        OperatorCases(
            "CumSum", "test_cumsum_1d", "test_cumsum_1d_exclusive", "test_cumsum_1d_int32_exclusive",
            "test_cumsum_1d_reverse", "test_cumsum_1d_reverse_exclusive", "test_cumsum_2d_axis_0",
            "test_cumsum_2d_axis_1", "test_cumsum_2d_int32", "test_cumsum_2d_negative_axis"),
        OperatorCases(
            "DFT", "test_dft", "test_dft_axis", "test_dft_axis_opset19", "test_dft_inverse",
            "test_dft_inverse_opset19", "test_dft_irfft", "test_dft_irfft_opset19", "test_dft_opset19",
            "test_dft_rfft", "test_dft_rfft_opset19"),
        OperatorCases(
            "DeformConv", "test_basic_deform_conv_with_padding", "test_basic_deform_conv_without_padding",
            "test_deform_conv_with_mask_bias", "test_deform_conv_with_multiple_offset_groups"),
        OperatorCases("DepthToSpace", "test_depthtospace_*"),
        OperatorCases(
            "DequantizeLinear", "test_dequantizelinear", "test_dequantizelinear_axis", "test_dequantizelinear_blocked",
            "test_dequantizelinear_int16", "test_dequantizelinear_uint16"),
        OperatorCases("Div", "test_div*"),
        OperatorCases("Dropout", "test_dropout_*", "test_training_dropout*"),
        OperatorCases("DynamicQuantizeLinear", "test_dynamicquantizelinear*"),
        OperatorCases(
            "Einsum", "test_einsum_batch_diagonal", "test_einsum_batch_matmul", "test_einsum_inner_prod",
            "test_einsum_scalar", "test_einsum_sum", "test_einsum_transpose"),
        OperatorCases("Elu", "test_elu*", "test_ELU"),
        OperatorCases("Equal", "test_equal*"),
        OperatorCases("Erf", "test_erf"),
        OperatorCases("Exp", "test_exp", "test_exp_example", "test_Poisson*"),
        OperatorCases("Expand", "test_expand_*"),
        OperatorCases(
            "EyeLike", "test_eyelike_populate_off_main_diagonal", "test_eyelike_with_dtype",
            "test_eyelike_without_dtype"),
        OperatorCases("Flatten", "test_flatten_*"),
        OperatorCases("Floor", "test_floor*"),
        OperatorCases(
            "GRU", "test_gru_batchwise", "test_gru_bidirectional", "test_gru_defaults", "test_gru_reverse",
            "test_gru_seq_length", "test_gru_with_initial_bias"),
        OperatorCases(
            "Gather", "test_gather_0", "test_gather_1", "test_gather_2d_indices", "test_gather_negative_indices",
            "test_Embedding*"),
        OperatorCases(
            "GatherElements", "test_gather_elements_0", "test_gather_elements_1",
            "test_gather_elements_negative_indices", "test_nllloss_NC_expanded", "test_nllloss_NCd1_expanded",
            "test_nllloss_NCd1_ii_expanded", "test_nllloss_NCd1_mean_weight_negative_ii_expanded",
            "test_nllloss_NCd1_weight_expanded", "test_nllloss_NCd1_weight_ii_expanded", "test_nllloss_NCd1d2_expanded",
            "test_nllloss_NCd1d2_no_weight_reduction_mean_ii_expanded", "test_nllloss_NCd1d2_reduction_mean_expanded",
            "test_nllloss_NCd1d2_reduction_sum_expanded", "test_nllloss_NCd1d2_with_weight_expanded",
            "test_nllloss_NCd1d2_with_weight_reduction_mean_expanded",
            "test_nllloss_NCd1d2_with_weight_reduction_sum_expanded",
            "test_nllloss_NCd1d2_with_weight_reduction_sum_ii_expanded",
            "test_nllloss_NCd1d2d3_none_no_weight_negative_ii_expanded",
            "test_nllloss_NCd1d2d3_sum_weight_high_ii_expanded", "test_nllloss_NCd1d2d3d4d5_mean_weight_expanded",
            "test_nllloss_NCd1d2d3d4d5_none_no_weight_expanded"),
        OperatorCases(
            "GatherND", "test_gathernd_example_float32", "test_gathernd_example_int32",
            "test_gathernd_example_int32_batch_dim1"),
        OperatorCases("Gelu", "test_gelu_*"),
        OperatorCases("Gemm", "test_gemm_*", "test_Linear"),
        OperatorCases("GlobalAveragePool", "test_globalaveragepool*"),
        OperatorCases("GlobalLpPool", "written_globallppool"),
        OperatorCases("GlobalMaxPool", "test_globalmaxpool*"),
        OperatorCases("Greater", "test_greater", "test_greater_bcast", "test_greater_int*", "test_greater_uint*"),
        OperatorCases(
            "GreaterOrEqual", "test_greater_equal", "test_greater_equal_expanded", "test_greater_equal_bcast*",
            "test_greater_equal_int*", "test_greater_equal_uint*"),
        OperatorCases("HammingWindow", "test_hammingwindow*"),
        OperatorCases("HannWindow", "test_hannwindow*"),
        OperatorCases(
            "GridSample", "test_gridsample", "test_gridsample_aligncorners_true", "test_gridsample_bicubic",
            "test_gridsample_bicubic_align_corners_0_additional_1",
            "test_gridsample_bicubic_align_corners_1_additional_1", "test_gridsample_bilinear",
            "test_gridsample_bilinear_align_corners_0_additional_1",
            "test_gridsample_bilinear_align_corners_1_additional_1", "test_gridsample_border_padding",
            "test_gridsample_nearest", "test_gridsample_nearest_align_corners_0_additional_1",
            "test_gridsample_nearest_align_corners_1_additional_1", "test_gridsample_reflection_padding",
            "test_gridsample_volumetric_bilinear_align_corners_0",
            "test_gridsample_volumetric_bilinear_align_corners_1", "test_gridsample_volumetric_nearest_align_corners_0",
            "test_gridsample_volumetric_nearest_align_corners_1", "test_gridsample_zeros_padding"),
        OperatorCases("GroupNormalization", "test_group_normalization_epsilon", "test_group_normalization_example"),
        OperatorCases("HardSigmoid", "test_hardsigmoid*"),
        OperatorCases("HardSwish", "test_hardswish*"),
        OperatorCases("Hardmax", "test_hardmax_*"),
        OperatorCases("Identity", "test_identity", "test_causal_conv_*"),
        OperatorCases("InstanceNormalization", "test_instancenorm_*"),
        OperatorCases("IsInf", "test_isinf", "test_isinf_negative", "test_isinf_positive"),
        OperatorCases("IsNaN", "test_isnan"),
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
        OperatorCases("Less", "test_less", "test_less_bcast", "test_less_int*", "test_less_uint*"),
        OperatorCases(
            "LessOrEqual", "test_less_equal", "test_less_equal_expanded", "test_less_equal_bcast*",
            "test_less_equal_int*", "test_less_equal_uint*"),
        OperatorCases("Log", "test_log", "test_log_example"),
        OperatorCases("LogSoftmax", "test_logsoftmax_*", "test_LogSoftmax", "test_log_softmax_*"),
        OperatorCases("LpNormalization", "test_l1normalization_*", "test_l2normalization_*", "test_lpnormalization_*"),
        OperatorCases("LpPool", "test_lppool_*"),
        OperatorCases("MatMul", "test_matmul_*", "test_Linear_no_bias"),
        OperatorCases("MatMulInteger", "test_matmulinteger"),
        OperatorCases("Max", "test_max_*"),
        OperatorCases("MaxPool", "test_maxpool_*", "test_MaxPool*"),
        OperatorCases("MaxRoiPool", "written_max_roi_pool"),
        OperatorCases(
            "MaxUnpool", "test_maxunpool_export_with_output_shape", "test_maxunpool_export_without_output_shape"),
        OperatorCases("Mean", "test_mean_*"),
        OperatorCases("MeanVarianceNormalization", "test_mvn*"),
        OperatorCases("Min", "test_min_*"),
        OperatorCases("Mish", "test_mish*"),
        OperatorCases(
            "Mod", "test_mod_broadcast", "test_mod_float32_*", "test_mod_float64_*",
            "test_mod_float_edge_cases_fmod_0_float32", "test_mod_float_edge_cases_fmod_0_float64",
            "test_mod_int64_fmod", "test_mod_mixed_sign_float32", "test_mod_mixed_sign_float64",
            "test_mod_mixed_sign_int*", "test_mod_uint*"),
        OperatorCases("Mul", "test_mul*"),
        OperatorCases("Neg", "test_neg*"),
        OperatorCases(
            "NonMaxSuppression", "test_nonmaxsuppression_center_point_box_format",
            "test_nonmaxsuppression_flipped_coordinates", "test_nonmaxsuppression_identical_boxes",
            "test_nonmaxsuppression_iou_threshold_boundary", "test_nonmaxsuppression_limit_output_size",
            "test_nonmaxsuppression_single_box", "test_nonmaxsuppression_suppress_by_IOU",
            "test_nonmaxsuppression_suppress_by_IOU_and_scores", "test_nonmaxsuppression_two_batches",
            "test_nonmaxsuppression_two_classes"),
        OperatorCases("NonZero", "test_nonzero_example"),
        OperatorCases("Not", "written_not"),
        OperatorCases("Or", "test_or2d", "test_or3d", "test_or4d", "test_or_bcast*"),
        OperatorCases(
            "OneHot", "test_onehot_negative_indices", "test_onehot_out_of_range_indices", "test_onehot_with_axis",
            "test_onehot_with_negative_axis", "test_onehot_without_axis"),
        OperatorCases("PRelu", "test_prelu_*", "test_PReLU_*"),
        OperatorCases(
            "Pad", "test_constant_pad*", "test_edge_pad", "test_reflect_pad", "test_wrap_pad",
            "test_center_crop_pad_crop_expanded", "test_center_crop_pad_crop_and_pad_expanded",
            "test_center_crop_pad_crop_axes_chw_expanded", "test_center_crop_pad_crop_axes_hwc_expanded",
            "test_center_crop_pad_crop_negative_axes_hwc_expanded", "test_center_crop_pad_pad_expanded",
            "test_ConstantPad2d", "test_ReflectionPad2d", "test_ReplicationPad2d", "test_ZeroPad2d"),
        OperatorCases("Pow", "test_pow*"),
        OperatorCases("QLinearConv", "test_qlinearconv"),
        OperatorCases("QLinearMatMul", "test_qlinearmatmul_*"),
        OperatorCases(
            "QuantizeLinear", "test_quantizelinear", "test_quantizelinear_axis", "test_quantizelinear_blocked_*",
            "test_quantizelinear_int16", "test_quantizelinear_uint16"),
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
        OperatorCases("Reciprocal", "test_reciprocal*"),
        OperatorCases("ReduceL1", "test_reduce_l1_*"),
        OperatorCases("ReduceL2", "test_reduce_l2_*"),
        OperatorCases(
            "ReduceLogSum", "test_reduce_log_sum_asc_*", "test_reduce_log_sum_default*", "test_reduce_log_sum_desc_*",
            "test_reduce_log_sum_empty_*", "test_reduce_log_sum_negative_*"),
        OperatorCases("ReduceLogSumExp", "test_reduce_log_sum_exp_*"),
        OperatorCases("ReduceMax", "test_reduce_max_*"),
        OperatorCases(
            "ReduceMean", "test_reduce_mean_*", "test_group_normalization_epsilon_expanded",
            "test_group_normalization_example_expanded"),
        OperatorCases("ReduceMin", "test_reduce_min_*"),
        OperatorCases("ReduceProd", "test_reduce_prod_*"),
        OperatorCases(
            "ReduceSum", "test_reduce_sum_default_*", "test_reduce_sum_do_*", "test_reduce_sum_empty_*",
            "test_reduce_sum_keepdims_*", "test_reduce_sum_negative_*"),
        OperatorCases("ReduceSumSquare", "test_reduce_sum_square_*"),
        OperatorCases("Relu", "test_relu", "test_relu_expanded_ver18", "test_ReLU"),
        OperatorCases("Reshape", "test_reshape_*", "test_PixelShuffle"),
        OperatorCases("Resize", "test_resize_*"),
        OperatorCases("Round", "test_round"),
        OperatorCases("ReverseSequence", "test_reversesequence_batch", "test_reversesequence_time"),
        OperatorCases(
            "RoiAlign", "test_roialign_aligned_false", "test_roialign_aligned_true", "test_roialign_mode_max"),
        OperatorCases("STFT", "test_stft", "test_stft_with_window"),
        OperatorCases("Scatter", "test_scatter_with_axis", "test_scatter_without_axis"),
        OperatorCases(
            "ScatterElements", "test_scatter_elements_with_axis", "test_scatter_elements_with_duplicate_indices",
            "test_scatter_elements_with_negative_indices", "test_scatter_elements_with_reduction_max",
            "test_scatter_elements_with_reduction_min", "test_scatter_elements_with_reduction_mul",
            "test_scatter_elements_without_axis"),
        OperatorCases(
            "ScatterND", "test_scatternd", "test_scatternd_add", "test_scatternd_max",
            "test_scatternd_max_with_element_indices", "test_scatternd_min", "test_scatternd_min_with_element_indices",
            "test_scatternd_multiply"),
        OperatorCases(
            "RotaryEmbedding", "test_rotary_embedding", "test_rotary_embedding_3d_input",
            "test_rotary_embedding_interleaved", "test_rotary_embedding_no_position_ids",
            "test_rotary_embedding_no_position_ids_interleaved", "test_rotary_embedding_no_position_ids_rotary_dim",
            "test_rotary_embedding_with_interleaved_rotary_dim", "test_rotary_embedding_with_rotary_dim"),
        OperatorCases("Selu", "test_selu*", "test_SELU"),
        OperatorCases("Shape", "test_shape*"),
        OperatorCases("Shrink", "test_shrink_*"),
        OperatorCases("Sigmoid", "test_sigmoid*", "test_Sigmoid"),
        OperatorCases("Sign", "test_sign"),
        OperatorCases("Sin", "test_sin", "test_sin_example"),
        OperatorCases("Sinh", "test_sinh", "test_sinh_example"),
        OperatorCases("Size", "test_size*"),
        OperatorCases("SimplifiedLayerNormalization", "written_simplified_layer_normalization"),
        OperatorCases("Slice", "test_slice*"),
        OperatorCases("Softmax", "test_softmax_*", "test_Softmax", "test_Softmin"),
        OperatorCases("Softplus", "test_softplus*", "test_Softplus"),
        OperatorCases(
            "Softsign", "test_softsign", "test_softsign_example", "test_softsign_expanded_ver18",
            "test_softsign_example_expanded_ver18"),
        OperatorCases("SpaceToDepth", "test_spacetodepth*"),
        OperatorCases(
            "Split", "test_split_*", "test_GLU*", "test_rotary_embedding_expanded",
            "test_rotary_embedding_3d_input_expanded", "test_rotary_embedding_interleaved_expanded",
            "test_rotary_embedding_no_position_ids_expanded",
            "test_rotary_embedding_no_position_ids_interleaved_expanded",
            "test_rotary_embedding_no_position_ids_rotary_dim_expanded",
            "test_rotary_embedding_with_interleaved_rotary_dim_expanded",
            "test_rotary_embedding_with_rotary_dim_expanded"),
        OperatorCases("Sqrt", "test_sqrt*"),
        OperatorCases("Squeeze", "test_squeeze*"),
        OperatorCases("Sub", "test_sub*"),
        OperatorCases("Sum", "test_sum_*"),
        OperatorCases("Swish", "test_swish"),
        OperatorCases("Tan", "test_tan", "test_tan_example"),
        OperatorCases("Tanh", "test_tanh*", "test_Tanh"),
        OperatorCases("TensorScatter", "test_tensorscatter", "test_tensorscatter_3d", "test_tensorscatter_circular"),
        OperatorCases(
            "ThresholdedRelu", "test_thresholdedrelu", "test_thresholdedrelu_default", "test_thresholdedrelu_example",
            "test_thresholdedrelu_expanded_ver18", "test_thresholdedrelu_default_expanded_ver18",
            "test_thresholdedrelu_example_expanded_ver18"),
        OperatorCases("Tile", "test_tile*"),
        OperatorCases("TopK", "test_top_k*"),
        OperatorCases("Transpose", "test_transpose_*"),
        OperatorCases(
            "Trilu", "test_tril", "test_tril_neg", "test_tril_one_row_neg", "test_tril_out_neg", "test_tril_out_pos",
            "test_tril_pos", "test_tril_square", "test_tril_square_neg", "test_tril_zero", "test_triu", "test_triu_neg",
            "test_triu_one_row", "test_triu_out_neg_out", "test_triu_out_pos", "test_triu_pos", "test_triu_square",
            "test_triu_square_neg", "test_triu_zero"),
        OperatorCases(
            "Unique", "test_unique_length_1", "test_unique_not_sorted_without_axis", "test_unique_sorted_with_axis",
            "test_unique_sorted_with_axis_3d", "test_unique_sorted_with_negative_axis",
            "test_unique_sorted_without_axis"),
        OperatorCases("Unsqueeze", "test_unsqueeze_*"),
        OperatorCases("Upsample", "test_upsample_nearest"),
        OperatorCases("Where", "test_where_*"),
        OperatorCases("Xor", "test_xor2d", "test_xor3d", "test_xor4d", "test_xor_bcast*"),
    ]

    /// Cases that must be refused as `unsupported`: they train, or were written for opset 1.
    static let refused: Set<String> = [
        "test_batchnorm_epsilon_training_mode", "test_batchnorm_example_training_mode", "test_training_dropout",
        "test_training_dropout_default", "test_training_dropout_default_mask", "test_training_dropout_mask",
        "test_not_2d", "test_not_3d", "test_not_4d",
    ]

    /// Cases with expected numbers that only ONNX's reference gives: for align_corners its `length_resized` is a
    /// product with a fraction, while ONNX Runtime, OpenVINO and this engine use the output's extent. And MaxUnpool's
    /// positions count a smaller tensor than the one with the given shape, which is MaxPool's input for ONNX Runtime
    /// and this engine.
    static let decidedOtherwise: Set<String> = [
        "test_resize_downsample_scales_linear_align_corners", "test_resize_downsample_scales_cubic_align_corners",
        "test_maxunpool_export_with_output_shape",
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
