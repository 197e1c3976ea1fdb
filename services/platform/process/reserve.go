package process

import "runtime"

// reserveBytes is how much more garbage a program makes than it has memory in use before Go collects it.
const reserveBytes = 32 << 20

// reserve is memory that nobody touches: it takes none of the machine's, but Go's collector counts it as in use. A server
// keeps little in use, 13 MiB with the demo data, and would collect after as much garbage, ten times a second under load.
var reserve []byte

func init() {
	reserve = make([]byte, reserveBytes)
	runtime.KeepAlive(reserve) // else it counts as unused
}
