package docker

import (
	"context"

	"github.com/moby/moby/client"
)

// VolumePath is the folder of a volume on the engine's machine.
func (c *Client) VolumePath(ctx context.Context, name string) (string, error) {
	res, err := c.api.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
	return res.Volume.Mountpoint, wrap(err, "looking for volume "+name)
}
