package webhooks_test

import (
	"testing"
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestWorkerSleepsUntilThereIsAnEndpoint checks that only the endpoint and the changes of its tenant wake the
// worker, and that it then sends at once.
func TestWorkerSleepsUntilThereIsAnEndpoint(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		name := "webhooks-" + string(in.db.Engine())
		in.db.Observe(name)
		in.work()
		quiet := func() {
			databasetest.QuietCommits(t, name, func(int) { in.put("b", "Item", "items/B", "of nobody's tenant") })
		}
		quiet()
		r := receive(t, nil)
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		began := time.Now()
		in.put("a", "Item", "items/A", "first")
		in.sent(r, "first ")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the first change of a new endpoint took %s", took)
		}
		if _, err := in.DeleteWebhookEndpoint(as("a"), &pb.DeleteWebhookEndpointRequest{Name: made.GetName()}); err != nil {
			t.Fatal(err)
		}
		quiet()
	})
}

// TestEndpointOfAnotherReplicaIsFound creates an endpoint where no news of it reach the worker.
func TestEndpointOfAnotherReplicaIsFound(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, migrations)
	here, there := install(t, databasetest.Open(t, url, migrations)), install(t, databasetest.Open(t, url, migrations))
	here.work()
	r := receive(t, nil)
	there.endpoint(&pb.WebhookEndpoint{Url: r.URL})
	there.put("a", "Item", "items/A", "first")
	there.sent(r, "first ")
}
