/* From the boot loader's 32-bit mode to C in 64-bit mode: the first gigabyte where it is, no interrupts. */
    .set PAGES, 512
    .section .start, "ax"
    .code32
header: /* Multiboot 1: modules at whole pages, addresses given here */
    .long 0x1badb002, 0x00010001, -(0x1badb002 + 0x00010001)
    .long header, _load, _load_end, _end, start

    .globl start
start:
    cli
    mov $stack_end, %esp
    mov %ebx, %edi /* what the loader tells */
    movl $third + 3, fourth
    movl $second + 3, third
    mov $second, %eax
    mov $0x83, %edx /* present, writable, 2 MiB */
    mov $PAGES, %ecx
1:  mov %edx, (%eax)
    add $8, %eax
    add $0x200000, %edx
    loop 1b
    mov $0x620, %eax /* large pages, SSE and its exceptions */
    mov %eax, %cr4
    mov $fourth, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    mov $0x100, %eax /* 64-bit mode */
    xor %edx, %edx
    wrmsr
    mov $0x80000023, %eax /* pages, protected mode, floating point */
    mov %eax, %cr0
    lgdt table_place
    ljmp $8, $long_start

    .code64
long_start:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $stack_end, %rsp
    mov %edi, %edi
    call kernel
1:  hlt
    jmp 1b

    .balign 8
table: .quad 0, 0x00209a0000000000, 0x0000920000000000
table_place: .word 23
    .long table

    .bss
    .balign 4096
fourth: .skip 4096
third: .skip 4096
second: .skip 4096
stack: .skip 65536
stack_end:
    .section .note.GNU-stack, "", @progbits
