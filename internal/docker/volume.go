package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// Volume is a folder in memory, which goes with the container that it was made for;
// others may have it meanwhile, by the name that Inspect tells.
type Volume struct {
	Path string
	Size int64  // in bytes; 0 = as much as the engine gives
	Mode uint32 // of the folder, as chmod has it
}

// mount asks for it. It has no name of its own: the engine then removes it with its
// container.
func (v Volume) mount() mount.Mount {
	options := fmt.Sprintf("mode=%o", v.Mode)
	if v.Size > 0 {
		options += fmt.Sprintf(",size=%d", v.Size)
	}
	return mount.Mount{Type: mount.TypeVolume, Target: v.Path, VolumeOptions: &mount.VolumeOptions{
		DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": options}},
	}}
}

// VolumePath is the folder of a volume on the engine's machine.
func (c *Client) VolumePath(ctx context.Context, name string) (string, error) {
	res, err := c.api.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
	return res.Volume.Mountpoint, wrap(err, "looking for volume "+name)
}
