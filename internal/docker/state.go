package docker

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// State is what the engine knows of a container.
type State struct {
	ID, Name  string
	Running   bool
	ExitCode  int
	OOMKilled bool
	Error     string // why it could not be started, if so
	Health    string // "starting", "healthy" or "unhealthy" where its image has a check; else "" or "none"
	HostPort  int    // the port of 127.0.0.1 that PublishPort got; 0 while not running
	IP        string // on its first network; "" while not running
	Image     string // as given to Create
	Labels    map[string]string
	Network   string // as given to Create: "host", a network's name, …
	Mounts    []MountPoint
}

// MountPoint is a folder or a file that a container has from its machine.
type MountPoint struct {
	Path   string // in the container
	Volume string // the volume's name; "" = it is no volume
	Host   string // where it is on the engine's machine
}

// Inspect reads the state of a container; errs.NotFound when there is none.
func (c *Client) Inspect(ctx context.Context, id string) (State, error) {
	res, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return State{}, wrap(err, "inspecting container "+short(id))
	}
	k := res.Container
	s := State{ID: k.ID, Name: strings.TrimPrefix(k.Name, "/")}
	if k.State != nil {
		s.Running, s.ExitCode, s.OOMKilled, s.Error = k.State.Running, k.State.ExitCode, k.State.OOMKilled, k.State.Error
	}
	if k.State != nil && k.State.Health != nil {
		s.Health = string(k.State.Health.Status)
	}
	if k.Config != nil {
		s.Image, s.Labels = k.Config.Image, k.Config.Labels
	}
	if k.HostConfig != nil {
		s.Network = string(k.HostConfig.NetworkMode)
	}
	for _, m := range k.Mounts {
		at := MountPoint{Path: m.Destination, Host: m.Source}
		if m.Type == mount.TypeVolume {
			at.Volume = m.Name
		}
		s.Mounts = append(s.Mounts, at)
	}
	if k.NetworkSettings != nil {
		for _, bindings := range k.NetworkSettings.Ports {
			for _, b := range bindings {
				if b.HostIP.IsLoopback() {
					s.HostPort, _ = strconv.Atoi(b.HostPort)
				}
			}
		}
		for _, n := range k.NetworkSettings.Networks {
			if n != nil && n.IPAddress.IsValid() {
				s.IP = n.IPAddress.String()
			}
		}
	}
	return s, nil
}

// Stop sends SIGTERM, and SIGKILL after grace (whole seconds, rounded up). A
// container that is gone or stopped is fine.
func (c *Client) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	_, err := c.api.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &seconds})
	if cerrdefs.IsNotFound(err) || cerrdefs.IsNotModified(err) {
		return nil
	}
	return wrap(err, "stopping container "+short(id))
}

// Kill sends a signal, like "SIGTERM". A container that is gone or stopped is fine.
func (c *Client) Kill(ctx context.Context, id, signal string) error {
	_, err := c.api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: signal})
	if cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	return wrap(err, "signalling container "+short(id))
}

// Remove kills and removes a container with its anonymous volumes. One that
// is gone, or being removed, is fine.
func (c *Client) Remove(ctx context.Context, id string) error {
	_, err := c.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if cerrdefs.IsNotFound(err) || (cerrdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress")) {
		return nil
	}
	return wrap(err, "removing container "+short(id))
}

// Summary is one container of a listing.
type Summary struct {
	ID, Name, Image string
	Running         bool
	Created         time.Time
	Labels          map[string]string
}

// List gives the containers, running or not, that carry all these labels; an
// empty value matches any. Newest first.
func (c *Client) List(ctx context.Context, labels map[string]string) ([]Summary, error) {
	res, err := c.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: labelFilter(labels)})
	if err != nil {
		return nil, wrap(err, "listing containers")
	}
	list := make([]Summary, 0, len(res.Items))
	for _, k := range res.Items {
		s := Summary{ID: k.ID, Image: k.Image, Running: k.State == "running", Created: time.Unix(k.Created, 0), Labels: k.Labels}
		if len(k.Names) > 0 {
			s.Name = strings.TrimPrefix(k.Names[0], "/")
		}
		list = append(list, s)
	}
	return list, nil
}

// labelFilter selects what carries all these labels.
func labelFilter(labels map[string]string) client.Filters {
	filters := client.Filters{}
	for k, v := range labels {
		if v != "" {
			k += "=" + v
		}
		filters.Add("label", k)
	}
	return filters
}

// LogOptions choose what LogStream reads.
type LogOptions struct {
	Follow     bool      // until the container stops
	Since      time.Time // zero = from the start
	Timestamps bool      // an RFC 3339 time with nanoseconds and a space before each line
	Tail       int       // only the last lines; 0 = all
}

// LogStream copies what a container wrote to the writers, which may be nil or
// the same one.
func (c *Client) LogStream(ctx context.Context, id string, o LogOptions, stdout, stderr io.Writer) error {
	opts := client.ContainerLogsOptions{
		ShowStdout: stdout != nil, ShowStderr: stderr != nil, Follow: o.Follow, Timestamps: o.Timestamps,
	}
	if !o.Since.IsZero() {
		opts.Since = o.Since.Format(time.RFC3339Nano)
	}
	if o.Tail > 0 {
		opts.Tail = strconv.Itoa(o.Tail)
	}
	r, err := c.api.ContainerLogs(ctx, id, opts)
	if err != nil {
		return wrap(err, "reading the log of container "+short(id))
	}
	defer r.Close()
	if _, err := stdcopy.StdCopy(orDiscard(stdout), orDiscard(stderr), r); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return wrap(err, "reading the log of container "+short(id))
	}
	return nil
}

// Logs copies what a container wrote so far, or with follow until it stops.
func (c *Client) Logs(ctx context.Context, id string, follow bool, stdout, stderr io.Writer) error {
	return c.LogStream(ctx, id, LogOptions{Follow: follow}, stdout, stderr)
}
