// Package version says which build of Continuo a program is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// stamped is the version that `make build` and `make release` set when linking.
var stamped string

// Name returns the version, from git's nearest tag, such as v1.2.3. A program that was not built by make
// has the pseudo-version of its commit, or "devel" if that is unknown.
func Name() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// Line describes the build in one line: program, version, Go release and platform.
func Line(program string) string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", program, Name(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
