package continuo_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// tooNew records a migration that this program does not have.
const tooNew = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`

// TestServerIsNotReadyOnOtherSchema starts services on databases that are not migrated or have a
// newer schema. The services must reject requests and report the reason in the log and in /readyz.
// They must start serving when the schema fits.
func TestServerIsNotReadyOnOtherSchema(t *testing.T) {
	for _, f := range forms {
		if f.engine != database.PostgreSQL {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := prepare(t, f, "CONTINUO_DEMO=false")
			for _, program := range f.programs {
				in.launch(t, program)
			}
			in.checkNotReady(t, "customer-recurrence", "subscription", "recurring-billing")
			in.operator(t, "migrate", "up")
			in.awaitAllServing(t)

			onDatabase(t, in.setting("CONTINUO_SUBSCRIPTION_DATABASE_URL"), tooNew)
			in.checkNotReady(t, "subscription")
			onDatabase(t, in.setting("CONTINUO_SUBSCRIPTION_DATABASE_URL"), `DELETE FROM goose_db_version WHERE version_id = 99999`)
			in.awaitAllServing(t)
			in.awaitLog(t, "that the services are ready", func(line string) bool { return strings.Contains(line, "msg=ready") })
		})
	}
}

// checkNotReady waits until /readyz reports that the schema of the given services does not fit, and
// checks that the log does.
func (in *installation) checkNotReady(t *testing.T, services ...string) {
	t.Helper()
	answer := in.awaitOneDown(t)
	deadline := time.Now().Add(10 * time.Second)
	for _, service := range services {
		for !strings.Contains(answer, `"`+service+`":"not serving: the store's schema is at version`) {
			if time.Now().After(deadline) {
				t.Fatalf("/readyz does not report the schema: %s", answer)
			}
			answer = in.awaitOneDown(t)
		}
		in.awaitLog(t, "the schema of "+service, func(line string) bool {
			return strings.Contains(line, "not ready") && strings.Contains(line, "service="+service) && strings.Contains(line, "schema is at version")
		})
	}
}

// TestProgramRejectsNewerStore starts the program on an embedded store that a newer program has
// migrated.
func TestProgramRejectsNewerStore(t *testing.T) {
	in := install(t, forms[0])
	in.stop(t)
	file, err := sql.Open("sqlite", filepath.Join(in.setting("CONTINUO_DATA_DIR"), "subscription.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Exec(tooNew)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	p := in.launch(t, "continuo")
	select {
	case err := <-p.ended:
		if err == nil {
			t.Error("the program ended without an error")
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the program did not end\n%s", p.output)
	}
	in.processes = nil
	if code := p.command.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.output.String(), "newer than this program's") {
		t.Errorf("got exit code %d: %s", code, p.output)
	}
}
