package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// The program, and the addresses of the Continuo that the examples call.
var program, gatewayAddress, subscriptionAddress, billingAddress string

// TestMain builds Continuo and runs it with demo data while the tests run.
func TestMain(m *testing.M) {
	code, err := withContinuo(m.Run)
	if err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

func withContinuo(do func() int) (code int, err error) {
	folder, err := os.MkdirTemp("", "continuo-client-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	program = filepath.Join(folder, "continuo")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./services/continuo/cmd/continuo")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building continuo: %w\n%s", err, out)
	}
	addresses, err := freeAddresses(5)
	if err != nil {
		return 0, err
	}
	gatewayAddress, subscriptionAddress, billingAddress = addresses[0], addresses[2], addresses[3]
	started := exec.Command(program)
	started.Env = append(os.Environ(), "CONTINUO_DEMO=true", "CONTINUO_DATA_DIR="+filepath.Join(folder, "data"),
		"CONTINUO_HTTP_ADDR="+addresses[0], "CONTINUO_CUSTOMER_RECURRENCE_ADDR="+addresses[1],
		"CONTINUO_SUBSCRIPTION_ADDR="+addresses[2], "CONTINUO_RECURRING_BILLING_ADDR="+addresses[3], "CONTINUO_ADMIN_ADDR=off")
	started.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started.Stderr = os.Stderr
	if err := started.Start(); err != nil {
		return 0, fmt.Errorf("starting continuo: %w", err)
	}
	defer func() {
		err = errors.Join(err, started.Process.Signal(syscall.SIGTERM), started.Wait())
	}()
	if err := ready("http://" + addresses[0] + "/readyz"); err != nil {
		return 0, err
	}
	return do(), nil
}

// freeAddresses returns addresses on which nothing listens.
func freeAddresses(n int) (addresses []string, err error) {
	for range n {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

func ready(url string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(url)
		if err != nil {
			continue
		}
		_ = response.Body.Close() // nothing is read of it
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.New("continuo did not become ready")
}
