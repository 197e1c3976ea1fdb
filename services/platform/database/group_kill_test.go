package database_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	process "os/exec"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// killedStore is the environment variable with the store on which this test binary writes until it is killed, and
// killedInside the one that makes it stop between the savepoints of a group and its commit.
const (
	killedStore  = "DATABASE_TEST_STORE"
	killedInside = "DATABASE_TEST_INSIDE"
	killWriters  = 32
)

// TestKillLosesNoAcknowledgedMember kills a program that writes in groups at random times. A transaction that was
// acknowledged is kept, one that was not is kept whole or not at all, and so is nothing of a group before its commit.
func TestKillLosesNoAcknowledgedMember(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	db := databasetest.Open(t, url, counters)
	for writer := range killWriters {
		exec(t, db, fmt.Sprintf(`INSERT INTO counters VALUES ('t', '%d', 0)`, writer))
	}
	largest := 0
	for round := range 4 {
		var acknowledged [killWriters]int
		inside := round == 3
		largest = max(largest, killWriting(t, url, inside, &acknowledged))
		for writer := range killWriters {
			stored := number(t, db, fmt.Sprintf(`SELECT value FROM counters WHERE name = '%d'`, writer))
			rows := number(t, db, fmt.Sprintf(`SELECT count(*) FROM numbers WHERE a = %d`, writer))
			if stored < acknowledged[writer] || rows != stored {
				t.Errorf("round %d, writer %d: %d acknowledged, %d stored with %d rows", round, writer, acknowledged[writer], stored, rows)
			}
		}
		if inside && number(t, db, `SELECT count(*) FROM numbers WHERE a = -1`) != 0 {
			t.Error("a part of a group is kept that was not committed")
		}
	}
	if largest < 2 {
		t.Error("nothing was written in a group, so the test proves nothing")
	}
}

// killWriting runs this test binary as a writer, kills it, notes what it acknowledged, and returns its largest group.
func killWriting(t *testing.T, url string, inside bool, acknowledged *[killWriters]int) (largest int) {
	t.Helper()
	program := process.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), killedStore+"="+url)
	if inside {
		program.Env = append(program.Env, killedInside+"=1")
	}
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	lines, seen := bufio.NewScanner(out), 0
	for lines.Scan() {
		var what string
		var writer, value int
		if _, err := fmt.Sscan(lines.Text(), &what, &writer, &value); err != nil {
			t.Fatalf("reading %q: %v", lines.Text(), err)
		}
		switch what {
		case "group":
			largest = max(largest, value)
		case "acknowledged":
			acknowledged[writer] = value
			if seen++; seen == 200 && !inside {
				time.AfterFunc(rand.N(50*time.Millisecond), func() { _ = program.Process.Kill() })
			}
		case "inside":
			_ = program.Process.Kill()
		}
	}
	_ = program.Wait() // it was killed
	return largest
}

// writeUntilKilled says on standard output what the store acknowledged.
func writeUntilKilled(url string) {
	db, err := database.Open(context.Background(), url, counters)
	if err != nil {
		log.Fatal(err)
	}
	db.OnCommit(func(members int) { fmt.Println("group", 0, members) })
	if os.Getenv(killedInside) != "" {
		stopInside(db)
	}
	for writer := range killWriters {
		go func() {
			for {
				var value int
				if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
					if err := tx.QueryRowContext(ctx, `SELECT value + 1 FROM counters WHERE name = $1`, fmt.Sprint(writer)).Scan(&value); err != nil {
						return err
					}
					if _, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES ($1, $2, 0)`, writer, writer*1_000_000+value); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, `UPDATE counters SET value = $2 WHERE name = $1`, fmt.Sprint(writer), value)
					return err
				}); err != nil {
					log.Fatal(err)
				}
				fmt.Println("acknowledged", writer, value)
			}
		}()
	}
	select {}
}

// stopInside says so when a group has members that were done and one that is not.
func stopInside(db *database.DB) {
	db.KeepGroupsOpen()
	for n := range killWriters {
		go func() {
			_ = db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				var before int
				if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM numbers WHERE a = -1`).Scan(&before); err != nil {
					log.Fatal(err)
				}
				if before > 0 {
					fmt.Println("inside", 0, 0)
					time.Sleep(time.Hour) // a select without cases would end the program as a deadlock
				}
				for db.Queued() == 0 {
					time.Sleep(time.Millisecond)
				}
				_, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES (-1, $1, 0)`, -n-1)
				return err
			})
			fmt.Println("acknowledged", n, 1_000_000_000)
		}()
	}
	select {}
}
