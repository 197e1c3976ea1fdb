package process

import (
	"runtime"
	"testing"
)

func TestReserveCountsAsInUse(t *testing.T) {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc < reserveBytes {
		t.Errorf("Go counts %d bytes as in use, fewer than the reserve has", memory.HeapAlloc)
	}
}
