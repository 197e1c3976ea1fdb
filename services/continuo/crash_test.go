package continuo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKillLosesNoAcknowledgedUpdate kills everything at random times while writers update lines
// with increasing numbers, each its own line. After the restart each line must contain the last
// acknowledged number, or a later one that was in flight when the kill came.
func TestKillLosesNoAcknowledgedUpdate(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			const writers, kills = 4, 3
			var sent, acknowledged [writers]int
			for range kills {
				ctx, stop := context.WithCancel(context.Background())
				var group, begun sync.WaitGroup
				begun.Add(writers)
				for writer := range writers {
					begins := sync.OnceFunc(begun.Done)
					group.Go(func() {
						for ctx.Err() == nil {
							sent[writer]++
							if in.setMemo(ctx, writer+1, sent[writer]) == nil {
								acknowledged[writer] = sent[writer]
								begins()
							}
						}
					})
				}
				begun.Wait() // also on a slow machine
				time.Sleep(rand.N(300 * time.Millisecond))
				in.kill(t)
				stop()
				group.Wait()
				in.start(t)
				for writer := range writers {
					memo, _ := in.get(t, fmt.Sprint("/api/customerrecurring/", writer+1))["InvoiceItemMemo"].(string)
					stored, err := strconv.Atoi(strings.TrimPrefix(memo, "update "))
					if err != nil || stored < acknowledged[writer] || stored > sent[writer] {
						t.Errorf("line %d: got memo %q after %d was acknowledged and %d sent", writer+1, memo, acknowledged[writer], sent[writer])
					}
					if acknowledged[writer] == 0 {
						t.Errorf("writer %d: no update was acknowledged, so the test proves nothing", writer)
					}
				}
			}
		})
	}
}

func (in *installation) setMemo(ctx context.Context, line, number int) error {
	body := fmt.Appendf(nil, `{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"update %d"}`, number)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprint(in.http, "/api/customerrecurring/", line), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
