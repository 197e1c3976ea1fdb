package database

import (
	"os"
	"runtime"
	"sync"
)

// A goroutine that waits for the disk keeps its processor until Go's scheduler notices, and one whose wait is over queues for another. While a
// program serves stores on SQLite, Go thus has one processor more than it would have: 64 callers of a PUT got a third more answers on two cores.
// An operator's GOMAXPROCS stays as it is. Go no longer follows a limit of the container that changes meanwhile.
var served struct {
	sync.Mutex
	stores int
}

// addProcessor has Go use another processor for the first store that is served, removeProcessor without it after the last.
func addProcessor() {
	served.Lock()
	defer served.Unlock()
	if served.stores++; served.stores == 1 && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

func removeProcessor() {
	served.Lock()
	defer served.Unlock()
	if served.stores--; served.stores == 0 && os.Getenv("GOMAXPROCS") == "" {
		runtime.SetDefaultGOMAXPROCS()
	}
}
