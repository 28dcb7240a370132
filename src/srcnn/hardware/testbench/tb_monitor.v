// Compares groups of LANES channels, as a layer makes them, with vectors/NAME/convN_KIND.hex: a pixel a line, channel
// 0 in the lowest bits. Reads the list of frames for itself, because layers work on different frames at one time.

`include "tb_fail.vh"

module tb_monitor #(
    parameter LAYER = 1,
    parameter [23:0] KIND = "out",
    parameter CHANNELS = 1,
    parameter LANES = 1,
    parameter BITS = 8,
    parameter GROWTH = 0,  // columns and rows that a frame has here beyond the picture
    parameter ALWAYS = 0   // compare also where the frame's line says: the last output only
) (
    input wire clk,
    input wire resetn,
    input wire valid,
    input wire [LANES*BITS-1:0] data,
    output reg [31:0] mismatches,
    output reg finished
);
    localparam NAME_BITS = 8 * 256;
    localparam SHOWN = 20;  // mismatches that are printed

    reg [NAME_BITS-1:0] list_name, frame_name, file_name;
    integer list, file, found, lane, channel, x, y, frame_width, frame_height, layers;
    reg [CHANNELS*BITS-1:0] want;
    reg compared;
    reg [BITS-1:0] got_value, want_value;

    initial begin
        mismatches = 0;
        finished = 1'b0;
        list = 0;
    end

    task next_frame;
        begin
            found = $fscanf(list, "%s %d %d %d", frame_name, frame_width, frame_height, layers);
            finished = found != 4;
            x = 0;
            y = 0;
            channel = 0;
            compared = !finished && (layers != 0 || ALWAYS != 0);
            if (compared) begin
                $sformat(file_name, "vectors/%0s/conv%0d_%s.hex", frame_name, LAYER, KIND);
                file = $fopen(file_name, "r");
                if (file == 0) begin
                    $display("cannot read %0s", file_name);
                    `SRCNN_FAIL;
                end
            end
        end
    endtask

    always @(posedge clk)
        if (resetn) begin
            if (list == 0) begin
                if (!$value$plusargs("frames=%s", list_name))
                    `SRCNN_FAIL;
                list = $fopen(list_name, "r");
                next_frame;
            end
            if (valid && finished) begin
                $display("layer %0d %s goes on after the last frame", LAYER, KIND);
                mismatches = mismatches + 1;
            end
            if (valid && !finished) begin
                if (compared && channel == 0) begin
                    found = $fscanf(file, "%h", want);
                    if (found != 1) begin
                        $display("%0s ends early", file_name);
                        `SRCNN_FAIL;
                    end
                end
                for (lane = 0; lane < LANES; lane = lane + 1)
                    if (compared && channel + lane < CHANNELS) begin
                        got_value = data[lane*BITS+:BITS];
                        want_value = want[(channel+lane)*BITS+:BITS];
                        if (got_value !== want_value) begin
                            if (mismatches < SHOWN)
                                $display("mismatch layer %0d channel %0d y %0d x %0d %s got %h want %h frame %0s", LAYER,
                                    channel + lane, y, x, KIND, got_value, want_value, frame_name);
                            mismatches = mismatches + 1;
                        end
                    end
                channel = channel + LANES;
                if (channel >= CHANNELS) begin
                    channel = 0;
                    x = x + 1;
                    if (x == frame_width + GROWTH) begin
                        x = 0;
                        y = y + 1;
                    end
                    if (y == frame_height + GROWTH) begin
                        if (compared)
                            $fclose(file);
                        next_frame;
                    end
                end
            end
        end
endmodule
