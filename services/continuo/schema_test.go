package continuo_test

import (
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// tooNew records a migration that no program of today has.
const tooNew = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`

// TestServerOnAnotherSchemaIsNotReadyAndSaysWhy starts services on databases that were not migrated, or are of a later
// program: they serve no one, say so in the log and to whoever asks, and begin to serve when the database fits.
func TestServerOnAnotherSchemaIsNotReadyAndSaysWhy(t *testing.T) {
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
			in.awaitReady(t, http.StatusOK)

			onDatabase(t, in.setting("CONTINUO_SUBSCRIPTION_DATABASE_URL"), tooNew)
			in.checkNotReady(t, "subscription")
			onDatabase(t, in.setting("CONTINUO_SUBSCRIPTION_DATABASE_URL"), `DELETE FROM goose_db_version WHERE version_id = 99999`)
			in.awaitReady(t, http.StatusOK)
			if logs := in.logs(); !strings.Contains(logs, "msg=ready") {
				t.Errorf("the log does not tell that the services are ready:\n%s", logs)
			}
		})
	}
}

// checkNotReady waits until /readyz and the log say of some services that their schema does not fit.
func (in *installation) checkNotReady(t *testing.T, services ...string) {
	t.Helper()
	answer := in.awaitReady(t, http.StatusServiceUnavailable)
	deadline := time.Now().Add(10 * time.Second)
	for _, service := range services {
		for !strings.Contains(answer, `"`+service+`":"not serving: the store's schema is at version`) {
			if time.Now().After(deadline) {
				t.Fatalf("/readyz does not say why: %s", answer)
			}
			answer = in.awaitReady(t, http.StatusServiceUnavailable)
		}
		told := false
		for line := range strings.Lines(in.logs()) {
			told = told || strings.Contains(line, "not ready") && strings.Contains(line, "service="+service) && strings.Contains(line, "schema is at version")
		}
		if !told {
			t.Errorf("the log of %s does not say why:\n%s", service, in.logs())
		}
	}
}

// TestStoreOfALaterProgramIsLeftAlone starts on an embedded store that a later program has migrated.
func TestStoreOfALaterProgramIsLeftAlone(t *testing.T) {
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
			t.Error("the program ended as if all were well")
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the program does not end\n%s", p.output)
	}
	in.processes = nil
	if code := p.command.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.output.String(), "newer than this program's") {
		t.Errorf("exit code %d: %s", code, p.output)
	}
}
