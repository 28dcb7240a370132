// Constant functions, included inside the modules that size things with them.

// Bits of a counter of `count` states, at least one.
function integer bits_for(input integer count);
    integer left;
    begin
        bits_for = 1;
        for (left = (count - 1) >> 1; left > 0; left = left >> 1)
            bits_for = bits_for + 1;
    end
endfunction

// Levels of a binary tree over `count` leaves: 0 for one leaf.
function integer levels_for(input integer count);
    levels_for = count > 1 ? bits_for(count) : 0;
endfunction

function integer ceil_div(input integer count, input integer size);
    ceil_div = (count + size - 1) / size;
endfunction

function integer larger(input integer a, input integer b);
    larger = a > b ? a : b;
endfunction

function integer smaller(input integer a, input integer b);
    smaller = a < b ? a : b;
endfunction
