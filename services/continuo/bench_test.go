package continuo_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/continuo-billing/continuo/services/continuo"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/service"
)

// BenchmarkContracts measures each vendor's operation through the gateway over loopback HTTP, with
// everything in one process, on both engines with durable settings. The clients run in parallel on
// the same cores.
func BenchmarkContracts(b *testing.B) {
	crmcom, err := os.ReadFile("testdata/crmcom-documented-request.json")
	if err != nil {
		b.Fatal(err)
	}
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			origin := runInProcess(b, engine, clock.System{})
			for _, c := range []struct{ name, method, path, contentType, body string }{
				{"DynamicsJSON", "PUT", recurrencePath, "application/json", `{"recurrence":{"name":"Plan #","price":1.5,"services":[{"service_id":"S","transaction_limit":1}]}}`},
				{"DynamicsXML", "PUT", recurrencePath, "application/xml", `<UpgradeDowngradeCrmModelApi><recurrence><name>Plan #</name><price>1.5</price></recurrence></UpgradeDowngradeCrmModelApi>`},
				{"CRMCOM", "POST", "/subscriptions/update", "application/json", string(crmcom)},
				{"SedonaJSON", "PUT", linePath, "application/json", `{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"memo #"}`},
				{"SedonaForm", "PUT", linePath, "application/x-www-form-urlencoded", `ItemCode=RMR-MON&BillCycle=M&InvoiceItemMemo=memo+#`},
				{"SedonaGet", "GET", linePath, "application/json", ``},
			} {
				b.Run(c.name, func(b *testing.B) {
					var counter atomic.Int64
					client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
					defer client.CloseIdleConnections()
					b.SetParallelism(8)
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							body := strings.ReplaceAll(c.body, "#", strconv.FormatInt(counter.Add(1), 10))
							if err := exchange(client, c.method, origin+c.path, c.contentType, body); err != nil {
								b.Error(err)
								return
							}
						}
					})
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
				})
			}
		})
	}
}

func exchange(client *http.Client, method, url, contentType, body string) error {
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return errors.New(response.Status + " " + string(text))
	}
	return nil
}

// runInProcess runs everything in this process with a clock until the test ends, and returns the
// gateway's origin. adjust changes the settings.
func runInProcess(b testing.TB, engine database.Engine, time clock.Clock, adjust ...func(*continuo.Config)) string {
	b.Helper()
	folder, keys := b.TempDir(), ""
	if engine == database.PostgreSQL {
		keys = databasetest.KeyFile(b, "postgres:")
	}
	store := func(name string) continuo.Service {
		url := "sqlite:" + filepath.Join(folder, name)
		if engine == database.PostgreSQL {
			url = databasetest.URL(b, engine)
		}
		return continuo.Service{Address: freeAddress(b), DatabaseURL: url, Migrate: true}
	}
	address, started := freeAddress(b), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	config := continuo.Config{
		HTTPAddress: address, CustomerRecurrence: store("c"), Subscription: store("s"), RecurringBilling: store("r"),
		Shared:  service.Config{Demo: true, SealingKeyFile: keys, Auth: auth.Off{}, Logger: slog.New(slog.DiscardHandler), Clock: time},
		Started: func() { close(started) },
	}
	for _, change := range adjust {
		change(&config)
	}
	go func() { ended <- continuo.Run(ctx, config) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	select {
	case <-started:
	case err := <-ended:
		ended <- err
		b.Fatal(err)
	}
	return "http://" + address
}
