package client_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestTypeScriptClient generates the types of the TypeScript client from the program's OpenAPI document, checks the document,
// compiles the client, and runs its tests and the program in
// the README against the running Continuo. Packages come from npm when they are not there yet.
func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	document, err := exec.CommandContext(t.Context(), program, "openapi").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("typescript/openapi.json", document, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	readme, printed := readmeProgram(t, "ts")
	readme = strings.Replace(readme, `"continuo-client"`, `"../src/index.js"`, 1)
	if err := os.WriteFile("typescript/test/readme.ts", []byte(readme), 0o600); err != nil {
		t.Fatal(err)
	}
	var steps [][]string
	if _, err := os.Stat("typescript/node_modules/.package-lock.json"); errors.Is(err, fs.ErrNotExist) {
		steps = append(steps, []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"})
	}
	steps = append(steps, []string{"npm", "run", "lint"}, []string{"npm", "run", "generate"}, []string{"npm", "run", "build"}, []string{"npm", "test"})
	for _, step := range steps {
		command := exec.CommandContext(ctx, step[0], step[1:]...)
		command.Dir = "typescript"
		command.Env = append(os.Environ(), "CONTINUO_URL=http://"+gatewayAddress)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", step, err, out)
		}
	}
	prints(t, exec.CommandContext(ctx, "node", "typescript/dist/test/readme.js"), printed)
}
