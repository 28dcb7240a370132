// Runs the exported core on frames of golden vectors, back to back, and compares every number that each layer makes.
//
// Run in the export directory. Arguments:
//   +frames=FILE   one line a frame: NAME WIDTH HEIGHT LAYERS; LAYERS 1: compare all layers, 0: the last output only
//   +seed=N        random gaps before the core and random refusal behind it; without it both sides are always ready
//   +output=FILE   write the output pixels, hex, one a line, frame after frame
// Ends with PASS, or with FAIL and an exit code that is not zero.
`include "srcnn_config.vh"
`include "tb_fail.vh"

module tb_srcnn;
    localparam LAYERS = `SRCNN_LAYERS;
    localparam PIXEL_BITS = 8 * `SRCNN_CHANNELS;
    localparam [32*LAYERS-1:0] KERNELS = `SRCNN_KERNELS;
    localparam [32*LAYERS-1:0] BORDERS = `SRCNN_BORDERS;
    localparam [32*LAYERS-1:0] OUT_CHANNELS = `SRCNN_OUT_CHANNELS;
    localparam [32*LAYERS-1:0] TAPS = `SRCNN_TAPS;
    localparam [32*LAYERS-1:0] IN_LANES = `SRCNN_IN_LANES;
    localparam [32*LAYERS-1:0] OUT_LANES = `SRCNN_OUT_LANES;
    localparam [32*LAYERS-1:0] OUT_BITS = `SRCNN_OUT_BITS;
    localparam [32*LAYERS-1:0] ACC_BITS = `SRCNN_ACC_BITS;
    localparam NAME_BITS = 8 * 256;

    // Pixels that layer `index` (from 0) puts out beyond the picture, on both sides together.
    function integer growth(input integer index);
        integer layer;
        begin
            growth = 2 * `SRCNN_MARGIN;
            for (layer = 0; layer <= index; layer = layer + 1)
                if (BORDERS[32*layer+:32] == 0)
                    growth = growth - (KERNELS[32*layer+:32] - 1);
        end
    endfunction

    // Clocks that the slowest layer takes for a pixel.
    function integer pace(input integer unused);
        integer layer, inputs, clocks_of_layer;
        begin
            pace = 1;
            inputs = `SRCNN_CHANNELS;
            for (layer = 0; layer < LAYERS; layer = layer + 1) begin
                clocks_of_layer = (KERNELS[32*layer+:32] * KERNELS[32*layer+:32] / TAPS[32*layer+:32])
                    * ((inputs + IN_LANES[32*layer+:32] - 1) / IN_LANES[32*layer+:32])
                    * ((OUT_CHANNELS[32*layer+:32] + OUT_LANES[32*layer+:32] - 1) / OUT_LANES[32*layer+:32]);
                if (clocks_of_layer > pace)
                    pace = clocks_of_layer;
                inputs = OUT_CHANNELS[32*layer+:32];
            end
        end
    endfunction

    // A core that puts out no pixel for as many clocks as held_lines lines take is taken to hang; the layers hold back
    // fewer lines than that: those of their windows.
    localparam PACE = pace(0);

    reg clk = 1'b0;
    reg resetn = 1'b0;
    always #5 clk = !clk;

    reg [NAME_BITS-1:0] frames_name, output_name;
    integer seed, source_state, source_draw, sink_state, sink_draw, output_file;
    reg random;
    initial begin
        if (!$value$plusargs("frames=%s", frames_name)) begin
            $display("expected +frames=FILE");
            `SRCNN_FAIL;
        end
        random = $value$plusargs("seed=%d", seed) != 0;
        source_state = random ? seed : 0;
        sink_state = source_state + 1;
        output_file = 0;
        if ($value$plusargs("output=%s", output_name))
            output_file = $fopen(output_name, "w");
    end

    integer age = 0;
    always @(posedge clk) begin
        age <= age + 1;
        resetn <= age > 3;
    end

    // The source: pixels of input.hex, frame after frame.
    reg [NAME_BITS-1:0] frame_name, file_name;
    integer list, pixels, width, height, layers, x, y, fields;
    reg open, sent;  // a frame is being read; all frames have been sent
    reg [PIXEL_BITS-1:0] pixel;
    reg source_valid;
    reg [15:0] core_width, core_height;
    reg [PIXEL_BITS-1:0] source_data;
    reg source_user, source_last;
    wire source_ready;

    initial begin
        open = 1'b0;
        sent = 1'b0;
        list = 0;
        source_valid = 1'b0;
        x = 0;
        y = 0;
    end

    always @(posedge clk)
        if (resetn) begin
            if (list == 0)
                list = $fopen(frames_name, "r");
            if (!source_valid || source_ready) begin
                source_valid <= 1'b0;
                if (!open && !sent) begin
                    fields = $fscanf(list, "%s %d %d %d", frame_name, width, height, layers);
                    sent = fields != 4;
                    if (!sent) begin
                        $sformat(file_name, "vectors/%0s/input.hex", frame_name);
                        pixels = $fopen(file_name, "r");
                        open = pixels != 0;
                        x = 0;
                        y = 0;
                        if (!open) begin
                            $display("cannot read %0s", file_name);
                            `SRCNN_FAIL;
                        end
                    end
                end
                source_draw = $random(source_state);
                if (open && (!random || source_draw % 3 != 0)) begin
                    fields = $fscanf(pixels, "%h", pixel);
                    source_valid <= 1'b1;
                    source_data <= pixel;
                    source_user <= x == 0 && y == 0;
                    source_last <= x == width - 1;
                    core_width <= width[15:0];
                    core_height <= height[15:0];
                    x = x + 1;
                    if (x == width) begin
                        x = 0;
                        y = y + 1;
                        if (y == height) begin
                            $fclose(pixels);
                            open = 1'b0;
                        end
                    end
                end
            end
        end

    // The core, and a sink behind it.
    wire [PIXEL_BITS-1:0] sink_data;
    wire sink_valid, sink_user, sink_last, size_error, sync_error;
    reg sink_ready;
    always @(posedge clk) begin
        sink_draw = $random(sink_state);
        sink_ready <= !random || sink_draw % 3 != 0;
    end

    srcnn dut (
        .aclk(clk),
        .aresetn(resetn),
        .width(core_width),
        .height(core_height),
        .s_axis_tdata(source_data),
        .s_axis_tvalid(source_valid),
        .s_axis_tready(source_ready),
        .s_axis_tuser(source_user),
        .s_axis_tlast(source_last),
        .m_axis_tdata(sink_data),
        .m_axis_tvalid(sink_valid),
        .m_axis_tready(sink_ready),
        .m_axis_tuser(sink_user),
        .m_axis_tlast(sink_last),
        .size_error(size_error),
        .sync_error(sync_error)
    );

    // Each layer is compared twice: accumulators, and outputs.
    wire [32*(2*LAYERS+1)-1:0] mismatches;
    wire [2*LAYERS:0] finished;
    genvar n;
    generate
        for (n = 0; n < LAYERS; n = n + 1) begin : layer
            tb_monitor #(
                .LAYER(n + 1),
                .KIND("acc"),
                .CHANNELS(OUT_CHANNELS[32*n+:32]),
                .LANES(OUT_LANES[32*n+:32]),
                .BITS(ACC_BITS[32*n+:32]),
                .GROWTH(growth(n))
            ) acc (
                .clk(clk),
                .resetn(resetn),
                .valid(dut.core.stages[n].layer.mac.done_at[0]),
                .data(dut.core.stages[n].layer.mac.accumulators),
                .mismatches(mismatches[64*n+:32]),
                .finished(finished[2*n])
            );
            tb_monitor #(
                .LAYER(n + 1),
                .KIND("out"),
                .CHANNELS(OUT_CHANNELS[32*n+:32]),
                .LANES(OUT_LANES[32*n+:32]),
                .BITS(OUT_BITS[32*n+:32]),
                .GROWTH(growth(n))
            ) out (
                .clk(clk),
                .resetn(resetn),
                .valid(dut.core.stages[n].layer.mac.out_valid),
                .data(dut.core.stages[n].layer.mac.out_data),
                .mismatches(mismatches[64*n+32+:32]),
                .finished(finished[2*n+1])
            );
        end
    endgenerate

    // The picture that leaves the core, whatever the layers say.
    wire sink_taken = sink_valid && sink_ready;
    tb_monitor #(
        .LAYER(LAYERS),
        .KIND("out"),
        .CHANNELS(`SRCNN_CHANNELS),
        .LANES(`SRCNN_CHANNELS),
        .BITS(8),
        .ALWAYS(1)
    ) picture (
        .clk(clk),
        .resetn(resetn),
        .valid(sink_taken),
        .data(sink_data),
        .mismatches(mismatches[64*LAYERS+:32]),
        .finished(finished[2*LAYERS])
    );

    // Marks of the output stream, clocks of each frame, and the end.
    reg [NAME_BITS-1:0] sink_name;
    integer sink_list, sink_width, sink_height, sink_layers, found;
    reg hangs;
    integer clocks, previous, sink_x, sink_y, wrong_marks, errors, quiet, layer_index, held_lines;
    initial begin
        sink_list = 0;
        clocks = 0;
        previous = 0;
        sink_x = 0;
        sink_y = 0;
        wrong_marks = 0;
        quiet = 0;
        held_lines = 64;
        for (layer_index = 0; layer_index < LAYERS; layer_index = layer_index + 1)
            held_lines = held_lines + KERNELS[32*layer_index+:32];
    end

    always @(posedge clk)
        if (resetn) begin
            clocks = clocks + 1;
            quiet = quiet + 1;
            hangs = quiet > PACE * held_lines * ({16'd0, core_width} + held_lines);
            if (size_error || sync_error) begin
                $display("input error of the core: size %b sync %b", size_error, sync_error);
                wrong_marks = wrong_marks + 1;
            end
            if (sink_list == 0)
                sink_list = $fopen(frames_name, "r");
            if (sink_taken) begin
                quiet = 0;
                if (sink_x == 0 && sink_y == 0)
                    found = $fscanf(sink_list, "%s %d %d %d", sink_name, sink_width, sink_height, sink_layers);
                if (output_file != 0)
                    $fdisplay(output_file, "%h", sink_data);
                if (sink_user != (sink_x == 0 && sink_y == 0) || sink_last != (sink_x == sink_width - 1)) begin
                    $display("mark: got user %b last %b at y %0d x %0d", sink_user, sink_last, sink_y, sink_x);
                    wrong_marks = wrong_marks + 1;
                end
                sink_x = sink_x + 1;
                if (sink_x == sink_width) begin
                    sink_x = 0;
                    sink_y = sink_y + 1;
                end
                if (sink_y == sink_height) begin
                    sink_y = 0;
                    $display("frame %0s clocks %0d", sink_name, clocks - previous);
                    previous = clocks;
                end
            end
            if (hangs) begin
                $display("the core puts out nothing");
                wrong_marks = wrong_marks + 1;
            end
            if (finished == {(2 * LAYERS + 1) {1'b1}} || hangs) begin
                errors = wrong_marks;
                for (layer_index = 0; layer_index <= 2 * LAYERS; layer_index = layer_index + 1)
                    errors = errors + mismatches[32*layer_index+:32];
                if (output_file != 0)
                    $fclose(output_file);
                if (errors == 0) begin
                    $display("PASS");
                    $finish;
                end else begin
                    $display("FAIL %0d mismatches", errors);
                    `SRCNN_FAIL;
                end
            end
        end
endmodule
