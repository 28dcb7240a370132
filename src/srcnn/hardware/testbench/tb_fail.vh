// Ends the simulation with an exit code that is not zero.
`ifndef SRCNN_FAIL
`ifdef __ICARUS__
`define SRCNN_FAIL $finish_and_return(1)
`else
`define SRCNN_FAIL $stop
`endif
`endif
