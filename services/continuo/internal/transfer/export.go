package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

// Export writes everything that the caller's tenant has in the targets, in their order, a line a resource; each service's
// part is of one moment. told hears of every further number of lines.
func Export(ctx context.Context, targets []Target, to io.Writer, told func(lines int)) error {
	for _, target := range targets {
		if err := exportService(ctx, target, to, told); err != nil {
			return fmt.Errorf("exporting from %s: %w", target.Service, err)
		}
	}
	return nil
}

func exportService(ctx context.Context, target Target, to io.Writer, told func(lines int)) error {
	stream, err := target.client().ExportResources(target.authorized(ctx), &transferv1.ExportResourcesRequest{})
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, resource := range response.GetResources() {
			if err := writeLine(to, resource); err != nil {
				return err
			}
		}
		told(len(response.GetResources()))
	}
}

// writeLine writes a resource so that the same resource is always the same bytes.
func writeLine(to io.Writer, resource *anypb.Any) error {
	text, err := protojson.Marshal(resource)
	if err != nil {
		return fmt.Errorf("writing a %s: %w", resource.GetTypeUrl(), err)
	}
	var line bytes.Buffer
	// The library varies the white space between its builds.
	if err := json.Compact(&line, text); err != nil {
		return fmt.Errorf("writing a %s: %w", resource.GetTypeUrl(), err)
	}
	line.WriteByte('\n')
	if _, err := to.Write(line.Bytes()); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}
