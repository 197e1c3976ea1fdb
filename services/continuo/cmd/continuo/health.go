package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/config"
)

// largestState is the maximum size in bytes of a state that is printed.
const largestState = 4 << 10

type health struct {
	config.Gateway
	config.TLS
	config.CA
	URL     string        `arg:"" optional:"" placeholder:"URL" help:"What to ask, for example http://127.0.0.1:8080/readyz. Default: /healthz of the gateway on this machine."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run succeeds if the program answers 200.
func (h *health) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	url, client, err := h.target()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking for the health: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking for the health: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	state, err := io.ReadAll(io.LimitReader(answer.Body, largestState))
	if err != nil {
		return fmt.Errorf("asking for the health: %w", err)
	}
	text := strings.TrimSpace(string(state))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", url, answer.Status, text)
	}
	fmt.Println(text)
	return nil
}
