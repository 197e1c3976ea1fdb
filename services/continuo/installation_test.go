package continuo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/freeport"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
	"github.com/continuo-billing/continuo/services/subscription"
)

// programs is the folder of the programs under test, which are built once, as a release is: without C.
var programs string

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "continuo-programs-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	programs = folder
	build := exec.Command("go", "build", "-trimpath", "-o", folder, "./services/continuo/cmd/continuo", "./services/customer-recurrence/cmd/customer-recurrence",
		"./services/subscription/cmd/subscription", "./services/recurring-billing/cmd/recurring-billing", "./services/gateway/cmd/gateway")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("building the programs: %v\n%s", err, out)
		return 1
	}
	return databasetest.Main(m)
}

// form is a way of running Continuo.
type form struct {
	name     string
	programs []string
	engine   database.Engine
}

var forms = []form{
	{"one process on SQLite", []string{"continuo"}, database.SQLite},
	{"four processes on SQLite", []string{"customer-recurrence", "subscription", "recurring-billing", "gateway"}, database.SQLite},
	{"one process on PostgreSQL", []string{"continuo"}, database.PostgreSQL},
	{"four processes on PostgreSQL", []string{"customer-recurrence", "subscription", "recurring-billing", "gateway"}, database.PostgreSQL},
}

// installation is a running Continuo with demo data.
type installation struct {
	form form
	env  []string
	// client sends requests to the gateway.
	client *http.Client
	// http is the gateway's origin. The others are gRPC addresses.
	http, customerRecurrence, subscription, recurringBilling string
	processes                                                []*process
	// variables is a file with the shell variables that pasted blocks have set, or empty before the first block.
	variables string
}

type process struct {
	command *exec.Cmd
	output  *lockedBuffer
	ended   chan error
}

// install prepares an installation with empty stores and starts it.
func install(t *testing.T, f form, env ...string) *installation {
	t.Helper()
	var migrated []string
	if f.engine == database.PostgreSQL {
		for name, migrations := range databases {
			migrated = append(migrated, name+"="+databasetest.Migrated(t, f.engine, migrations))
		}
	}
	in := prepare(t, f, append(migrated, env...)...)
	if f.engine == database.PostgreSQL {
		in.operator(t, "migrate", "up") // env may name other databases
	}
	in.start(t)
	return in
}

// prepare returns an installation with empty stores that is not started. It stops when the test
// ends.
func prepare(t *testing.T, f form, env ...string) *installation {
	t.Helper()
	in := &installation{form: f, client: http.DefaultClient}
	addresses := make([]string, 4)
	for i := range addresses {
		addresses[i] = freeAddress(t)
	}
	in.http = "http://" + addresses[0]
	in.customerRecurrence, in.subscription, in.recurringBilling = addresses[1], addresses[2], addresses[3]
	in.env = append(os.Environ(), "CONTINUO_HTTP_ADDR="+addresses[0], "CONTINUO_CUSTOMER_RECURRENCE_ADDR="+addresses[1],
		"CONTINUO_SUBSCRIPTION_ADDR="+addresses[2], "CONTINUO_RECURRING_BILLING_ADDR="+addresses[3],
		"CONTINUO_DATA_DIR="+t.TempDir(), "CONTINUO_DEMO=true", "CONTINUO_ADMIN_ADDR=off")
	if f.engine == database.PostgreSQL {
		for name := range databases {
			in.env = append(in.env, name+"="+databasetest.URL(t, f.engine))
		}
		in.env = append(in.env, "CONTINUO_SEALING_KEY_FILE="+databasetest.KeyFile(t, "postgres:"))
	}
	in.env = append(in.env, env...)
	t.Cleanup(func() { in.stop(t) })
	return in
}

// databases maps the settings of the services' databases to their migrations.
var databases = map[string]fs.FS{
	"CONTINUO_CUSTOMER_RECURRENCE_DATABASE_URL": customerrecurrence.Migrations(),
	"CONTINUO_SUBSCRIPTION_DATABASE_URL":        subscription.Migrations(),
	"CONTINUO_RECURRING_BILLING_DATABASE_URL":   recurringbilling.Migrations(),
}

// operator runs an operator's command on the installation's stores.
func (in *installation) operator(t *testing.T, args ...string) string {
	t.Helper()
	return in.operatorOf(t, "continuo", args...)
}

// operatorOf runs an operator's command of a build of the program.
func (in *installation) operatorOf(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := exec.Command(filepath.Join(programs, program), args...)
	command.Env = in.env
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("continuo %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// start starts all programs and waits until everything is ready.
func (in *installation) start(t *testing.T) {
	t.Helper()
	for _, name := range in.form.programs {
		in.launch(t, name)
	}
	in.awaitAllServing(t)
}

// launch starts one program.
func (in *installation) launch(t *testing.T, program string) *process {
	t.Helper()
	p := &process{command: exec.Command(filepath.Join(programs, program)), output: &lockedBuffer{}, ended: make(chan error, 1)}
	p.command.Env, p.command.Stdout, p.command.Stderr = in.env, p.output, p.output
	if err := p.command.Start(); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	go func() { p.ended <- p.command.Wait() }()
	in.processes = append(in.processes, p)
	return p
}

// awaitAllServing waits until all services serve, and returns the body of /readyz.
func (in *installation) awaitAllServing(t *testing.T) string {
	t.Helper()
	return in.awaitServing(t, true)
}

// awaitOneDown waits until at least one service does not serve, and returns the body of /readyz.
func (in *installation) awaitOneDown(t *testing.T) string {
	t.Helper()
	return in.awaitServing(t, false)
}

func (in *installation) awaitServing(t *testing.T, want bool) string {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		answer, all, err := in.readyz()
		if err == nil && all == want {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("/readyz: got %s, error %v, want all serving: %v\n%s", answer, err, want, in.logs())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// readyz returns the body of /readyz, and whether all services serve.
func (in *installation) readyz() (answer string, all bool, err error) {
	response, err := in.client.Get(in.http + "/readyz")
	if err != nil {
		return "", false, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return "", false, err
	}
	var ready struct{ Services map[string]string }
	if err := json.Unmarshal(text, &ready); err != nil {
		return string(text), false, err
	}
	all = len(ready.Services) == 3
	for _, state := range ready.Services {
		all = all && state == "serving"
	}
	return string(text), all, nil
}

// stop stops all processes as an operator would. Each must exit in time without an error.
func (in *installation) stop(t *testing.T) {
	t.Helper()
	for i := len(in.processes) - 1; i >= 0; i-- {
		p := in.processes[i]
		if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("stopping: %v", err)
		}
		select {
		case err := <-p.ended:
			if err != nil {
				t.Errorf("%s: got exit error %v\n%s", p.command.Path, err, p.output)
			}
		case <-time.After(25 * time.Second):
			t.Errorf("%s did not stop\n%s", p.command.Path, p.output)
			_ = p.command.Process.Kill() // the test has already failed
		}
	}
	in.processes = nil
}

// kill kills all processes, as in a crash.
func (in *installation) kill(t *testing.T) {
	t.Helper()
	for _, p := range in.processes {
		if err := p.command.Process.Kill(); err != nil {
			t.Fatalf("killing: %v", err)
		}
	}
	for _, p := range in.processes {
		if err := <-p.ended; err == nil {
			t.Errorf("%s was killed, but its exit code is 0", p.command.Path)
		}
	}
	in.processes = nil
}

func (in *installation) restart(t *testing.T) {
	t.Helper()
	in.stop(t)
	in.start(t)
}

func (in *installation) logs() string {
	var all strings.Builder
	for _, p := range in.processes {
		fmt.Fprintf(&all, "== %s\n%s\n", filepath.Base(p.command.Path), p.output)
	}
	return all.String()
}

// awaitLog waits until a program has logged a line that is as asked: it may answer before it logs.
func (in *installation) awaitLog(t *testing.T, what string, is func(line string) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(in.logs()) {
			if is(line) {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Errorf("the log does not report %s:\n%s", what, in.logs())
			return
		}
	}
}

// send sends a request and returns the status, content type and body of the response.
func (in *installation) send(t *testing.T, method, path string, headers map[string]string, body string) (int, string, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, in.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := in.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, in.logs())
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(answer)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// lockedBuffer collects a process's output. It is safe for concurrent use.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
