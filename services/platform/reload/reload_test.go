package reload_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/reload"
)

func TestWatchLoadsAfterChangesAndSignals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	loaded := make(chan string, 1)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		reload.Watch(ctx, slog.New(slog.DiscardHandler), "keys", []string{file}, func() error {
			text, err := os.ReadFile(file)
			loaded <- string(text)
			return errors.Join(err, errors.New("a failure, after which Watch goes on"))
		})
	}()
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-loaded:
			if got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%q was not loaded", want)
		}
	}
	time.Sleep(100 * time.Millisecond) // Watch has begun
	write("two, longer")
	expect("two, longer")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	expect("two, longer")
	stop()
	<-ended
}
