package continuo_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// inNamespace is set in the environment of a test binary that has its own mount namespace.
const inNamespace = "TEST_MOUNT_NAMESPACE"

const capSysAdmin = 21

// TestMain runs the tests in their own mount namespace where possible, so that the file systems
// that they mount are invisible to other processes and are removed at the end.
func TestMain(m *testing.M) {
	if os.Getenv(inNamespace) == "" {
		if code, started := runInNamespace(); started {
			os.Exit(code)
		}
	} else if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		fmt.Println("making mounts private:", err)
		os.Exit(1)
	}
	os.Exit(run(m))
}

// runInNamespace runs this binary again in a new namespace and returns its exit code. It reports
// false if the machine does not allow namespaces.
func runInNamespace() (code int, started bool) {
	runtime.LockOSThread() // Pdeathsig is sent when the thread that started the child ends
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), inNamespace+"=yes")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 { // without root, mounting needs a user namespace
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		again.SysProcAttr.AmbientCaps = []uintptr{capSysAdmin}
	}
	if err := again.Start(); err != nil {
		fmt.Println("without a mount namespace; mounts are visible to other processes:", err)
		return 0, false
	}
	var ended *exec.ExitError
	if err := again.Wait(); errors.As(err, &ended) {
		return max(ended.ExitCode(), 1), true
	} else if err != nil {
		fmt.Println("waiting for the tests:", err)
		return 1, true
	}
	return 0, true
}
