/* SPDX-License-Identifier: MIT */
/* Files that travel inside of the program. */
.macro asset name, path
    .global \name
\name:
    .incbin "\path"
    .byte 0
.endm

    .section .rodata
asset asset_flame_css, "report/assets/flame.css"
asset asset_flame_js, "report/assets/flame.js"
asset asset_page_css, "report/assets/page.css"
asset asset_page_js, "report/assets/page.js"
asset asset_timeline_css, "report/assets/timeline.css"

    .section .note.GNU-stack, "", %progbits
