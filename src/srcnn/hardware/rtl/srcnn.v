// The exported network as one module: srcnn_core with the numbers of srcnn_config.vh, which the export writes.
//
// AXI4-Stream video in and out, one pixel a beat, TUSER on the first pixel of a frame, TLAST on the last of a line.
// What comes in is the enlarged picture (bicubic luma); what goes out has the same size. `width` and `height` are read
// with each frame's first pixel.
`include "srcnn_config.vh"

module srcnn (
    input wire aclk,
    input wire aresetn,  // synchronous, active low
    input wire [15:0] width,
    input wire [15:0] height,

    input wire [8*`SRCNN_CHANNELS-1:0] s_axis_tdata,
    input wire s_axis_tvalid,
    output wire s_axis_tready,
    input wire s_axis_tuser,
    input wire s_axis_tlast,

    output wire [8*`SRCNN_CHANNELS-1:0] m_axis_tdata,
    output wire m_axis_tvalid,
    input wire m_axis_tready,
    output wire m_axis_tuser,
    output wire m_axis_tlast,

    output wire size_error,  // for a clock: a frame was dropped, its size is 0 or beyond the maximum
    output wire sync_error   // for a clock, inside a frame: TUSER or TLAST in a wrong place, or no TLAST
);
    srcnn_core #(
        .LAYERS(`SRCNN_LAYERS),
        .CHANNELS(`SRCNN_CHANNELS),
        .MARGIN(`SRCNN_MARGIN),
        .MAX_WIDTH(`SRCNN_MAX_WIDTH),
        .MAX_HEIGHT(`SRCNN_MAX_HEIGHT),
        .ROUNDING(`SRCNN_ROUNDING),
        .KERNELS(`SRCNN_KERNELS),
        .BORDERS(`SRCNN_BORDERS),
        .OUT_CHANNELS(`SRCNN_OUT_CHANNELS),
        .OUT_BITS(`SRCNN_OUT_BITS),
        .WEIGHT_BITS(`SRCNN_WEIGHT_BITS),
        .ACC_BITS(`SRCNN_ACC_BITS),
        .SHIFT_BASES(`SRCNN_SHIFT_BASES),
        .SHIFT_BITS(`SRCNN_SHIFT_BITS),
        .IN_LANES(`SRCNN_IN_LANES),
        .OUT_LANES(`SRCNN_OUT_LANES),
        .TAPS(`SRCNN_TAPS),
        .MEMORY(`SRCNN_MEMORY)
    ) core (
        .clk(aclk),
        .resetn(aresetn),
        .width(width),
        .height(height),
        .s_axis_tdata(s_axis_tdata),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tuser(s_axis_tuser),
        .s_axis_tlast(s_axis_tlast),
        .m_axis_tdata(m_axis_tdata),
        .m_axis_tvalid(m_axis_tvalid),
        .m_axis_tready(m_axis_tready),
        .m_axis_tuser(m_axis_tuser),
        .m_axis_tlast(m_axis_tlast),
        .size_error(size_error),
        .sync_error(sync_error)
    );
endmodule
