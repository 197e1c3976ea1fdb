package continuo_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestFullDiskRejectsWritesAndKeepsData fills the stores' file system under load. Writes must fail
// with a reason, reads must work, and nothing may be half-written. Everything must work again when
// there is space.
func TestFullDiskRejectsWritesAndKeepsData(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, 80<<20) // on SQLite, the logs of three stores may take 48 MB
			var in *installation
			if f.engine == database.SQLite {
				in = install(t, f, "CONTINUO_DATA_DIR="+disk)
			} else {
				in = install(t, f, databasesOn(t, disk)...)
			}
			tr := newTraffic(t)
			stop := tr.startAcknowledged(t, in.http)
			time.Sleep(200 * time.Millisecond)

			ballast := fill(t, disk)
			for _, service := range []string{"customer-recurrence", "subscription", "recurring-billing"} {
				in.awaitFull(t, tr, service)
			}
			for _, path := range []string{"/customer-recurrence/v1/packages", "/subscription/v1/accounts", "/recurring-billing/v1/items",
				"/recurring-billing/v1/changes", linePath, "/readyz"} {
				if status, _, answer := in.send(t, "GET", path, nil, ""); status != http.StatusOK {
					t.Errorf("reading %s: status %d: %s", path, status, answer)
				}
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond)
			stop()
			tr.check(t, in)
		})
	}
}

// smallDisk mounts a file system of the given size in bytes and returns its path.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "continuo-disk-") // readable by other accounts, unlike t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(folder, 0o755), syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=755", size))); err != nil {
		t.Fatalf("mounting a small file system (this test needs root or user namespaces): %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(folder, 0), os.Remove(folder)); err != nil {
			t.Errorf("unmounting %s: %v", folder, err)
		}
	})
	return folder
}

func chownToNobody(t *testing.T, folder string) {
	t.Helper()
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, uidErr := strconv.Atoi(nobody.Uid)
	gid, gidErr := strconv.Atoi(nobody.Gid)
	if err := errors.Join(uidErr, gidErr, os.Chown(folder, uid, gid)); err != nil {
		t.Fatal(err)
	}
}

// databasesOn creates the three databases on their own PostgreSQL server and returns the settings
// that name them. Their files are on the given disk, but the write-ahead log is not.
func databasesOn(t *testing.T, disk string) (settings []string) {
	t.Helper()
	if os.Geteuid() == 0 { // the server then runs as nobody
		chownToNobody(t, disk)
	}
	cluster := startCluster(t)
	maintenance := cluster.Database(t)
	onDatabase(t, maintenance, "CREATE TABLESPACE small LOCATION '"+disk+"'")
	for name := range databases {
		address := cluster.Database(t)
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		onDatabase(t, maintenance, "ALTER DATABASE "+strings.TrimPrefix(parsed.Path, "/")+" SET TABLESPACE small")
		settings = append(settings, name+"="+address)
	}
	return settings
}

// startCluster starts a PostgreSQL server that the test may stop or fill.
func startCluster(t *testing.T) *databasetest.Cluster {
	t.Helper()
	cluster, err := databasetest.StartPostgres()
	if err != nil {
		t.Fatalf("starting PostgreSQL (Debian's package postgresql): %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.Remove(); err != nil {
			t.Errorf("removing PostgreSQL: %v", err)
		}
	})
	return cluster
}

// fill writes a file that takes all the space of a disk, and returns its path.
func fill(t *testing.T, disk string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(disk, "ballast")
	file, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling %s: %v", disk, err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return ballast
}

// awaitFull sends changes to a service until it rejects one because its disk is full.
func (in *installation) awaitFull(t *testing.T, tr *traffic, service string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for number := 0; ; number++ {
		for which, kind := range changeKinds {
			c := kind(fmt.Sprintf("full-%d-%d", which, number)) // a key is for one request
			if c.service != service || c.method != "POST" || !strings.Contains(c.path, "/v1/") {
				continue
			}
			outcome := tr.send(in.http, c)
			if outcome.status == http.StatusServiceUnavailable && strings.Contains(outcome.answer, "STORE_FULL") {
				checkRevealsNoInternals(t, outcome.answer)
				return
			}
			if !outcome.acknowledged() {
				t.Errorf("%s %s on a full disk: status %d: %s", c.method, c.path, outcome.status, outcome.answer)
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not report a full disk", service)
		}
	}
}
