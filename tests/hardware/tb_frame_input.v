// srcnn_frame_input with frames that are not as announced: pixels without a frame, sizes beyond the maximum, a TLAST
// and a TUSER in the wrong place; and a right frame after each. Prints PASS, or FAIL with what was wrong.
module tb_frame_input;
    reg clk = 0, resetn = 0, valid = 0, user = 0, last = 0, failed = 0;
    reg [7:0] data = 0;
    reg [15:0] width = 0, height = 0;
    wire ready, out_valid, out_eol, out_eof, size_error, sync_error;
    wire [7:0] out_data;
    integer passed = 0, lines = 0, frames = 0, size_errors = 0, sync_errors = 0, i;

    always #5 clk = !clk;

    srcnn_frame_input #(
        .MAX_WIDTH(4),
        .MAX_HEIGHT(3)
    ) dut (
        .clk(clk),
        .resetn(resetn),
        .width(width),
        .height(height),
        .s_axis_tdata(data),
        .s_axis_tvalid(valid),
        .s_axis_tready(ready),
        .s_axis_tuser(user),
        .s_axis_tlast(last),
        .out_data(out_data),
        .out_valid(out_valid),
        .out_ready(1'b1),
        .out_eol(out_eol),
        .out_eof(out_eof),
        .size_error(size_error),
        .sync_error(sync_error)
    );

    always @(posedge clk) begin
        passed <= passed + out_valid;
        lines <= lines + (out_valid && out_eol);
        frames <= frames + (out_valid && out_eof);
        size_errors <= size_errors + size_error;
        sync_errors <= sync_errors + sync_error;
    end

    task send(input mark, input line_end);
        begin
            @(negedge clk) valid = 1;
            user = mark;
            last = line_end;
            data = data + 1;
        end
    endtask

    // A frame of w x h pixels; `wrong_last` and `wrong_user`: number of a pixel whose mark is turned over.
    task frame(input integer w, input integer h, input integer wrong_last, input integer wrong_user);
        for (i = 0; i < w * h; i = i + 1) begin
            send((i == 0) ^ (i == wrong_user), (i % w == w - 1) ^ (i == wrong_last));
            width = w;
            height = h;
        end
    endtask

    task expect_counts(input integer p, input integer l, input integer f, input integer size, input integer sync);
        begin
            @(negedge clk) valid = 0;
            @(negedge clk);
            if (passed != p || lines != l || frames != f || size_errors != size || sync_errors != sync) begin
                $display("FAIL pixels %0d lines %0d frames %0d size errors %0d sync errors %0d", passed, lines, frames,
                    size_errors, sync_errors);
                failed = 1;
            end
            passed = 0;
            lines = 0;
            frames = 0;
            size_errors = 0;
            sync_errors = 0;
        end
    endtask

    initial begin
        repeat (3) @(negedge clk);
        resetn = 1;
        frame(4, 3, -1, 0);  // no start of frame at all: dropped
        expect_counts(0, 0, 0, 0, 0);
        frame(4, 3, -1, -1);
        expect_counts(12, 3, 1, 0, 0);
        frame(5, 1, -1, -1);  // too wide: dropped, and said once
        frame(2, 2, -1, -1);
        expect_counts(4, 2, 1, 1, 0);
        frame(1, 4, -1, -1);  // too high
        frame(1, 1, -1, -1);
        expect_counts(1, 1, 1, 1, 0);
        frame(3, 2, 1, -1);  // TLAST a pixel too early: the frame is still counted out
        frame(3, 2, -1, -1);
        expect_counts(12, 4, 2, 0, 1);
        frame(3, 2, 2, -1);  // TLAST missing
        expect_counts(6, 2, 1, 0, 1);
        frame(3, 2, -1, 4);  // TUSER inside
        frame(3, 2, -1, -1);
        expect_counts(12, 4, 2, 0, 1);
        if (!failed)
            $display("PASS");
        $finish;
    end
endmodule
