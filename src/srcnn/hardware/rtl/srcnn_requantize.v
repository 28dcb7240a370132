// One accumulator to one output: ReLU, division by a power of two with rounding, saturation. Three clocks.
//
// A negative number becomes 0 first, so none is ever shifted. Rounding adds to the magnitude what makes cutting right:
// half of the divisor, less one where half to even has to go down (the integer part is even).
module srcnn_requantize #(
    parameter ACC_BITS = 25,
    parameter OUT_BITS = 12,
    parameter SHIFT_BASE = 8,  // the divisor is 2^(SHIFT_BASE + shift): the channels of a layer differ by little,
    parameter SHIFT_BITS = 2,  // so that the part which varies takes a small shifter
    parameter ROUNDING = 0  // 0: half to even, 1: half up, 2: truncate
) (
    input wire clk,
    input wire [ACC_BITS-1:0] accumulator,  // two's complement
    input wire [SHIFT_BITS-1:0] shift,
    output reg [OUT_BITS-1:0] out
);
    `include "srcnn_functions.vh"
    localparam BITS = larger(ACC_BITS, OUT_BITS + 1);

    wire negative = accumulator[ACC_BITS-1];
    wire [BITS-1:0] positive = {{(BITS - ACC_BITS + 1){1'b0}}, negative ? {(ACC_BITS - 1) {1'b0}} : accumulator[ACC_BITS-2:0]};
    wire [BITS-1:0] divisor = ({{(BITS - 1){1'b0}}, 1'b1} << SHIFT_BASE) << shift;
    wire [BITS-1:0] half = divisor >> 1;
    wire even = (positive & divisor) == {BITS{1'b0}};  // the integer part
    wire down = even && half != {BITS{1'b0}};

    reg [BITS-1:0] magnitude, addend, rounded;
    reg [SHIFT_BITS-1:0] shift_1, shift_2;
    wire [BITS-1:0] shifted = (rounded >> SHIFT_BASE) >> shift_2;

    always @(posedge clk) begin
        magnitude <= positive;
        shift_1 <= shift;
        case (ROUNDING)
            0: addend <= half - {{(BITS - 1){1'b0}}, down};
            1: addend <= half;
            default: addend <= {BITS{1'b0}};
        endcase
        rounded <= magnitude + addend;
        shift_2 <= shift_1;
        out <= shifted[BITS-1:OUT_BITS] != {(BITS - OUT_BITS){1'b0}} ? {OUT_BITS{1'b1}} : shifted[OUT_BITS-1:0];
    end
endmodule
