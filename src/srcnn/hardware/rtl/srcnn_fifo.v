// A short queue in distributed RAM. It cannot refuse: who writes counts the free places (see srcnn_layer).
module srcnn_fifo #(
    parameter BITS = 8,
    parameter DEPTH_BITS = 2  // 2^DEPTH_BITS places
) (
    input wire clk,
    input wire resetn,
    input wire [BITS-1:0] in_data,
    input wire in_valid,
    output wire [BITS-1:0] out_data,
    output wire out_valid,
    input wire out_ready
);
    reg [BITS-1:0] places[0:(1<<DEPTH_BITS)-1];
    reg [DEPTH_BITS:0] written, read;

    assign out_valid = written != read;
    assign out_data = places[read[DEPTH_BITS-1:0]];

    always @(posedge clk)
        if (in_valid)
            places[written[DEPTH_BITS-1:0]] <= in_data;

    always @(posedge clk) begin
        if (in_valid)
            written <= written + 1'b1;
        if (out_valid && out_ready)
            read <= read + 1'b1;
        if (!resetn) begin
            written <= {(DEPTH_BITS + 1) {1'b0}};
            read <= {(DEPTH_BITS + 1) {1'b0}};
        end
    end
endmodule
