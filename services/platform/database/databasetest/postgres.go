package databasetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/continuo-billing/continuo/services/platform/freeport"
)

const startTimeout = 30 * time.Second

// Cluster is a PostgreSQL server for tests, reached over loopback TCP.
type Cluster struct {
	folder, binaries string
	// settings are additional arguments of the server.
	settings  []string
	port      int
	account   *syscall.Credential
	server    *exec.Cmd
	exited    chan error
	databases atomic.Int64
}

var shared struct {
	sync.Mutex
	cluster *Cluster
}

// Postgres returns the cluster that all tests of the binary share, and starts it on first use.
func Postgres(t testing.TB) *Cluster {
	t.Helper()
	cluster, err := sharedCluster()
	if err != nil {
		t.Fatalf("starting PostgreSQL (Debian's package postgresql): %v", err)
	}
	return cluster
}

// sharedCluster runs without fsync except for benchmarks, since no test kills it, and without
// autovacuum, which would look into hundreds of small databases all the time.
func sharedCluster() (*Cluster, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		var below string
		var settings []string
		if !measures() {
			below = inMemory()
			settings = []string{"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"}
		}
		cluster, err := startPostgres(below, settings...)
		if err != nil {
			return nil, err
		}
		shared.cluster = cluster
	}
	return shared.cluster, nil
}

// measures reports whether the tests run benchmarks.
func measures() bool {
	bench := flag.Lookup("test.bench")
	return bench != nil && bench.Value.String() != ""
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		return nil
	}
	return shared.cluster.Remove()
}

// StartPostgres starts a cluster with fsync, for tests that stop or kill it. The caller removes it
// with Remove.
func StartPostgres() (*Cluster, error) { return startPostgres("") }

// memoryNeeded is more than the databases of any test binary take.
const memoryNeeded = 4 << 30

// inMemory returns a folder in memory if there is one with room, and "" otherwise. Files are made in half the time there, and
// a database has hundreds.
func inMemory() string {
	const folder = "/dev/shm"
	var found syscall.Statfs_t
	if err := syscall.Statfs(folder, &found); err != nil || found.Bavail*uint64(found.Bsize) < memoryNeeded { //nolint:gosec // a size
		return ""
	}
	return folder
}

// folderPrefix begins the name of a cluster's folder. The number of the process that made it follows.
const folderPrefix = "continuo-postgres-"

// removeAbandoned removes the folders of clusters that tests left behind which were killed: they would fill the memory.
func removeAbandoned(below string) error {
	folders, err := filepath.Glob(filepath.Join(below, folderPrefix+"*"))
	if err != nil {
		return fmt.Errorf("looking for the folders of former clusters: %w", err)
	}
	for _, folder := range folders {
		number, _, named := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		process, err := strconv.Atoi(number)
		if !named || err != nil || !errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
			continue
		}
		// Those of other users stay, and another test may remove the same ones.
		if err := os.RemoveAll(folder); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the folder of a former cluster: %w", err)
		}
	}
	return nil
}

// startPostgres starts a cluster in a new folder below one, by default that of temporary files.
func startPostgres(below string, settings ...string) (*Cluster, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	below = cmp.Or(below, os.TempDir())
	if err := removeAbandoned(below); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(below, fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("making the cluster's folder: %w", err)
	}
	cluster := &Cluster{folder: folder, binaries: binaries, settings: settings}
	if os.Geteuid() == 0 {
		if err := cluster.chownToNobody(); err != nil {
			return nil, err
		}
	}
	// Power cuts during initdb are not tested, so its files need no sync; the server's do.
	initdb := cluster.command("initdb", "-D", cluster.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if err := cluster.Start(); err != nil {
		return nil, err
	}
	return cluster, nil
}

// findBinaries returns the folder of the newest PostgreSQL server binaries.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			return filepath.Dir(path), nil
		}
		return "", errors.New("no PostgreSQL server in /usr/lib/postgresql or on the PATH: install the package postgresql")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// Program returns the path of a program of PostgreSQL, such as pgbench, beside its server.
func Program(t testing.TB, name string) string {
	t.Helper()
	folder, err := findBinaries()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// chownToNobody makes the account nobody the owner of the folder; the server refuses to run as root.
func (c *Cluster) chownToNobody() error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return fmt.Errorf("finding an account to run PostgreSQL: %w", err)
	}
	uid, uidErr := strconv.Atoi(nobody.Uid)
	gid, gidErr := strconv.Atoi(nobody.Gid)
	if err := errors.Join(uidErr, gidErr, os.Chown(c.folder, uid, gid)); err != nil {
		return fmt.Errorf("giving the cluster's folder to nobody: %w", err)
	}
	c.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(c.binaries, name), args...)
	command.Dir = c.folder
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.account}
	return command
}

// Start starts the server, on its previous port if there is one, and waits until it accepts
// connections.
func (c *Cluster) Start() error {
	if c.port == 0 {
		port, err := freeport.Find()
		if err != nil {
			return err
		}
		c.port = port
	}
	var output bytes.Buffer
	c.server = c.command("postgres", append([]string{"-D", c.data(), "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=300"}, c.settings...)...)
	c.server.Stdout, c.server.Stderr = &output, &output
	// The server stops if the tests are killed. The signal is sent when the thread that started the
	// server ends, so lock the thread.
	c.server.SysProcAttr.Pdeathsig = syscall.SIGINT
	started := make(chan error)
	c.exited = make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if err := c.server.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		c.exited <- c.server.Wait()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("starting postgres: %w", err)
	}
	return c.await(&output)
}

func (c *Cluster) await(output *bytes.Buffer) error {
	deadline := time.Now().Add(startTimeout)
	for {
		connection, err := pgx.Connect(context.Background(), c.url("postgres"))
		if err == nil {
			return connection.Close(context.Background())
		}
		select {
		case exit := <-c.exited:
			return fmt.Errorf("postgres ended: %w: %s", exit, output)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("postgres does not answer: %w", err)
		}
	}
}

// Stop stops the server as an administrator would: connections are closed and committed data is
// kept.
func (c *Cluster) Stop() error { return c.end(syscall.SIGINT) }

// Kill kills the server to simulate a crash.
func (c *Cluster) Kill() error { return c.end(syscall.SIGKILL) }

func (c *Cluster) end(signal syscall.Signal) error {
	if err := c.server.Process.Signal(signal); err != nil {
		return fmt.Errorf("signalling postgres: %w", err)
	}
	exit := <-c.exited
	if signal == syscall.SIGKILL || exit == nil {
		return nil
	}
	return fmt.Errorf("postgres ended: %w", exit)
}

// Remove stops the server and removes its files.
func (c *Cluster) Remove() error {
	if err := c.Stop(); err != nil {
		return err
	}
	return os.RemoveAll(c.folder)
}

// Database creates an empty database and returns its URL.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	return c.create(t, "")
}

// create creates a database with options of CREATE DATABASE and returns its URL.
func (c *Cluster) create(t testing.TB, options string) string {
	t.Helper()
	name, err := c.createDatabase(options)
	if err != nil {
		t.Fatal(err)
	}
	return c.url(name)
}

func (c *Cluster) createDatabase(options string) (name string, err error) {
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return "", fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	name = fmt.Sprintf("test_%d", c.databases.Add(1))
	_, err = connection.Exec(ctx, "CREATE DATABASE "+name+options)
	if err := errors.Join(err, connection.Close(ctx)); err != nil {
		return "", fmt.Errorf("making a database: %w", err)
	}
	return name, nil
}

func (c *Cluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}
