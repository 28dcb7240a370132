// The network: AXI4-Stream in, border, layers one behind the other, AXI4-Stream out.
//
//   s_axis -> frame input -> border (MARGIN) -> [ repack -> layer ] x LAYERS -> repack -> m_axis
//
// Every arrow is a stream with valid and ready, and every stage works at its own pace; the slowest sets the pace of
// all. Parameters of the layers are lists of 32-bit numbers, the first layer in the lowest bits.
module srcnn_core #(
    parameter LAYERS = 3,
    parameter CHANNELS = 1,  // of the picture, 8 bits each
    parameter MARGIN = 6,    // pixels by which the input's edge is repeated once, for the layers that pad nothing
    parameter MAX_WIDTH = 1920,
    parameter MAX_HEIGHT = 1080,
    parameter SIZE_BITS = 16,
    parameter ROUNDING = 0,  // 0: half to even, 1: half up, 2: truncate
    parameter [32*LAYERS-1:0] KERNELS = {32'd5, 32'd1, 32'd9},
    parameter [32*LAYERS-1:0] BORDERS = {32'd0, 32'd0, 32'd0},  // 0: valid, 1: replicate, 2: zero
    parameter [32*LAYERS-1:0] OUT_CHANNELS = {32'd1, 32'd32, 32'd64},
    parameter [32*LAYERS-1:0] OUT_BITS = {32'd8, 32'd12, 32'd12},
    parameter [32*LAYERS-1:0] WEIGHT_BITS = {32'd12, 32'd12, 32'd12},
    parameter [32*LAYERS-1:0] ACC_BITS = {32'd31, 32'd29, 32'd25},
    // Right shift of a channel: SHIFT_BASES, and SHIFT_BITS of memory for what it has beyond.
    parameter [32*LAYERS-1:0] SHIFT_BASES = {32'd10, 32'd10, 32'd10},
    parameter [32*LAYERS-1:0] SHIFT_BITS = {32'd1, 32'd2, 32'd2},
    // Folding: input channels, output channels and taps of the kernel that a layer works on in one clock.
    parameter [32*LAYERS-1:0] IN_LANES = {32'd4, 32'd8, 32'd1},
    parameter [32*LAYERS-1:0] OUT_LANES = {32'd1, 32'd4, 32'd8},
    parameter [32*LAYERS-1:0] TAPS = {32'd5, 32'd1, 32'd9},
    parameter MEMORY = "mem/folded/conv"  // files of constants: MEMORY, number of the layer, _weight.hex ...
) (
    input wire clk,
    input wire resetn,  // synchronous
    input wire [SIZE_BITS-1:0] width,
    input wire [SIZE_BITS-1:0] height,

    input wire [8*CHANNELS-1:0] s_axis_tdata,
    input wire s_axis_tvalid,
    output wire s_axis_tready,
    input wire s_axis_tuser,
    input wire s_axis_tlast,

    output wire [8*CHANNELS-1:0] m_axis_tdata,
    output wire m_axis_tvalid,
    input wire m_axis_tready,
    output wire m_axis_tuser,
    output wire m_axis_tlast,

    output wire size_error,
    output wire sync_error
);
    function integer setting(input [32*LAYERS-1:0] list, input integer index);
        setting = list[32*index+:32];
    endfunction

    // Bits of what comes into layer `index` (from 0), or out of the last one: groups as the stage before makes them.
    function integer link_bits(input integer index);
        link_bits = index == 0 ? 8 * CHANNELS : setting(OUT_LANES, index - 1) * setting(OUT_BITS, index - 1);
    endfunction

    // All links lie side by side in one vector; where the one into layer `index` begins.
    function integer link_start(input integer index);
        integer earlier;
        begin
            link_start = 0;
            for (earlier = 0; earlier < index; earlier = earlier + 1)
                link_start = link_start + link_bits(earlier);
        end
    endfunction

    // What is left of the margin, on both sides together, in front of layer `index`.
    function integer margin_before(input integer index);
        integer earlier;
        begin
            margin_before = 2 * MARGIN;
            for (earlier = 0; earlier < index; earlier = earlier + 1)
                if (setting(BORDERS, earlier) == 0)
                    margin_before = margin_before - (setting(KERNELS, earlier) - 1);
        end
    endfunction

    wire [link_start(LAYERS+1)-1:0] link_data;
    wire [LAYERS:0] link_valid, link_ready, link_eol, link_eof;

    wire [8*CHANNELS-1:0] frame_data;
    wire frame_valid, frame_ready, frame_eol, frame_eof;

    srcnn_frame_input #(
        .DATA_BITS(8 * CHANNELS),
        .SIZE_BITS(SIZE_BITS),
        .MAX_WIDTH(MAX_WIDTH),
        .MAX_HEIGHT(MAX_HEIGHT)
    ) frame_input (
        .clk(clk),
        .resetn(resetn),
        .width(width),
        .height(height),
        .s_axis_tdata(s_axis_tdata),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tuser(s_axis_tuser),
        .s_axis_tlast(s_axis_tlast),
        .out_data(frame_data),
        .out_valid(frame_valid),
        .out_ready(frame_ready),
        .out_eol(frame_eol),
        .out_eof(frame_eof),
        .size_error(size_error),
        .sync_error(sync_error)
    );

    genvar n;
    generate
        if (MARGIN > 0) begin : widened
            srcnn_border #(
                .DATA_BITS(8 * CHANNELS),
                .PAD(MARGIN),
                .MAX_WIDTH(MAX_WIDTH)
            ) border (
                .clk(clk),
                .resetn(resetn),
                .in_data(frame_data),
                .in_valid(frame_valid),
                .in_ready(frame_ready),
                .in_eol(frame_eol),
                .in_eof(frame_eof),
                .out_data(link_data[8*CHANNELS-1:0]),
                .out_valid(link_valid[0]),
                .out_ready(link_ready[0]),
                .out_eol(link_eol[0]),
                .out_eof(link_eof[0])
            );
        end else begin : as_it_is
            assign link_data[8*CHANNELS-1:0] = frame_data;
            assign link_valid[0] = frame_valid;
            assign link_eol[0] = frame_eol;
            assign link_eof[0] = frame_eof;
            assign frame_ready = link_ready[0];
        end

        for (n = 0; n < LAYERS; n = n + 1) begin : stages
            localparam IN_CHANNELS = n == 0 ? CHANNELS : setting(OUT_CHANNELS, n - 1);
            localparam IN_BITS = n == 0 ? 8 : setting(OUT_BITS, n - 1);
            localparam BEAT_LANES = setting(IN_LANES, n);
            localparam [7:0] DIGIT = 8'd49 + n;  // "1", "2", ...

            wire [BEAT_LANES*IN_BITS-1:0] beat_data;
            wire beat_valid, beat_ready, beat_eol, beat_eof;

            srcnn_repack #(
                .CHANNELS(IN_CHANNELS),
                .BITS(IN_BITS),
                .IN_LANES(n == 0 ? CHANNELS : setting(OUT_LANES, n - 1)),
                .OUT_LANES(BEAT_LANES)
            ) repack (
                .clk(clk),
                .resetn(resetn),
                .in_data(link_data[link_start(n)+:link_bits(n)]),
                .in_valid(link_valid[n]),
                .in_ready(link_ready[n]),
                .in_eol(link_eol[n]),
                .in_eof(link_eof[n]),
                .out_data(beat_data),
                .out_valid(beat_valid),
                .out_ready(beat_ready),
                .out_eol(beat_eol),
                .out_eof(beat_eof)
            );

            srcnn_layer #(
                .KERNEL(setting(KERNELS, n)),
                .PAD(setting(BORDERS, n) == 0 ? 0 : setting(KERNELS, n) / 2),
                .ZERO(setting(BORDERS, n) == 2 ? 1 : 0),
                .IN_CHANNELS(IN_CHANNELS),
                .OUT_CHANNELS(setting(OUT_CHANNELS, n)),
                .IN_BITS(IN_BITS),
                .OUT_BITS(setting(OUT_BITS, n)),
                .WEIGHT_BITS(setting(WEIGHT_BITS, n)),
                .ACC_BITS(setting(ACC_BITS, n)),
                .SHIFT_BASE(setting(SHIFT_BASES, n)),
                .SHIFT_BITS(setting(SHIFT_BITS, n)),
                .ROUNDING(ROUNDING),
                .IN_LANES(BEAT_LANES),
                .OUT_LANES(setting(OUT_LANES, n)),
                .TAPS(setting(TAPS, n)),
                .MAX_WIDTH(MAX_WIDTH + margin_before(n)),
                .WEIGHT_FILE({MEMORY, DIGIT, "_weight.hex"}),
                .BIAS_FILE({MEMORY, DIGIT, "_bias.hex"}),
                .SHIFT_FILE({MEMORY, DIGIT, "_shift.hex"})
            ) layer (
                .clk(clk),
                .resetn(resetn),
                .in_data(beat_data),
                .in_valid(beat_valid),
                .in_ready(beat_ready),
                .in_eol(beat_eol),
                .in_eof(beat_eof),
                .out_data(link_data[link_start(n+1)+:link_bits(n+1)]),
                .out_valid(link_valid[n+1]),
                .out_ready(link_ready[n+1]),
                .out_eol(link_eol[n+1]),
                .out_eof(link_eof[n+1])
            );
        end
    endgenerate

    wire out_eof;
    srcnn_repack #(
        .CHANNELS(CHANNELS),
        .BITS(8),
        .IN_LANES(setting(OUT_LANES, LAYERS - 1)),
        .OUT_LANES(CHANNELS)
    ) pixels (
        .clk(clk),
        .resetn(resetn),
        .in_data(link_data[link_start(LAYERS)+:link_bits(LAYERS)]),
        .in_valid(link_valid[LAYERS]),
        .in_ready(link_ready[LAYERS]),
        .in_eol(link_eol[LAYERS]),
        .in_eof(link_eof[LAYERS]),
        .out_data(m_axis_tdata),
        .out_valid(m_axis_tvalid),
        .out_ready(m_axis_tready),
        .out_eol(m_axis_tlast),
        .out_eof(out_eof)
    );

    // The pixel after the end of a frame is the start of the next.
    reg frame_start;
    assign m_axis_tuser = frame_start;
    always @(posedge clk)
        if (!resetn)
            frame_start <= 1'b1;
        else if (m_axis_tvalid && m_axis_tready)
            frame_start <= out_eof;
endmodule
