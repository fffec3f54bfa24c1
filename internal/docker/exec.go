package docker

import (
	"bytes"
	"context"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// Exec runs a command in a running container, and gives its exit code and what it wrote.
func (c *Client) Exec(ctx context.Context, id string, command []string) (exit int, output []byte, err error) {
	doing := "running a command in container " + short(id)
	made, err := c.api.ExecCreate(ctx, id, client.ExecCreateOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return 0, nil, wrap(err, doing)
	}
	stream, err := c.api.ExecAttach(ctx, made.ID, client.ExecAttachOptions{})
	if err != nil {
		return 0, nil, wrap(err, doing)
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, stream.Reader); err != nil {
		return 0, nil, wrap(err, doing)
	}
	end, err := c.api.ExecInspect(ctx, made.ID, client.ExecInspectOptions{})
	return end.ExitCode, text.Bytes(), wrap(err, doing)
}
