package client_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goProgram is the frame of a program in the README.
const goProgram = `package main

import (
	"context"
	"fmt"
	"log"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	subscriptionv1 "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/client"
)

func main() {
	ctx := context.Background()
`

// TestREADMEsGoProgramRuns runs the Go program in the README until it has printed what stands below it.
func TestREADMEsGoProgramRuns(t *testing.T) {
	t.Parallel()
	program, printed := readmeProgram(t, "go")
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(goProgram+program+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, file)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // what it is built from is in the cache then
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	prints(t, exec.CommandContext(t.Context(), binary), printed)
}

// readmeProgram returns the program in a language in the README, with the addresses of the Continuo that runs, and what
// is printed below it.
func readmeProgram(t *testing.T, language string) (program, printed string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n```"+language+"\n")
	program, rest, ended := strings.Cut(rest, "```\n")
	_, rest, follows := strings.Cut(rest, "```text\n")
	printed, _, closed := strings.Cut(rest, "```")
	if !found || !ended || !follows || !closed {
		t.Fatalf("the README has no program in %s with what it prints", language)
	}
	return strings.NewReplacer("127.0.0.1:9102", subscriptionAddress, "127.0.0.1:8080", gatewayAddress).Replace(program), printed
}

// prints runs a program until it has printed the lines of a text.
func prints(t *testing.T, command *exec.Cmd, text string) {
	t.Helper()
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	}()
	tooLate := time.AfterFunc(20*time.Second, func() { _ = command.Process.Kill() })
	defer tooLate.Stop()
	lines := bufio.NewScanner(output)
	for want := range strings.Lines(text) {
		if !lines.Scan() || lines.Text()+"\n" != want {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
}
