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

// Export writes all resources of the caller's tenant from the targets, in their order, one per
// line. Each service is exported from one snapshot. exported is called with the number of resources
// written since the last call.
func Export(ctx context.Context, targets []Target, to io.Writer, exported func(resources int)) error {
	for _, target := range targets {
		if err := exportService(ctx, target, to, exported); err != nil {
			return fmt.Errorf("exporting from %s: %w", target.Service, err)
		}
	}
	return nil
}

func exportService(ctx context.Context, target Target, to io.Writer, exported func(resources int)) error {
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
		exported(len(response.GetResources()))
	}
}

// writeLine writes a resource as one line. Equal resources give equal bytes.
func writeLine(to io.Writer, resource *anypb.Any) error {
	text, err := protojson.Marshal(resource)
	if err != nil {
		return fmt.Errorf("writing a %s: %w", resource.GetTypeUrl(), err)
	}
	var line bytes.Buffer
	// protojson varies its white space between builds.
	if err := json.Compact(&line, text); err != nil {
		return fmt.Errorf("writing a %s: %w", resource.GetTypeUrl(), err)
	}
	line.WriteByte('\n')
	if _, err := to.Write(line.Bytes()); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}
