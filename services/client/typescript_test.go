package client_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestTypeScriptClient generates the types of the TypeScript client from the program's OpenAPI document, checks the document,
// compiles the client, and runs its tests, those of the documentation page, and the program in
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
	unpackProtos(t, "typescript/protos")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
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

// unpackProtos writes the protos that the gateway serves to a folder.
func unpackProtos(t *testing.T, folder string) {
	t.Helper()
	response, err := http.Get("http://" + gatewayAddress + "/protos.zip")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close(), os.RemoveAll(folder)); err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
}
