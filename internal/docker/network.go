package docker

import (
	"context"
	"net/netip"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// EnsureNetwork makes a bridge network of that name unless there is one.
func (c *Client) EnsureNetwork(ctx context.Context, name string, labels map[string]string) error {
	c.network.Lock()
	defer c.network.Unlock()
	_, err := c.api.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if err == nil {
		return nil
	}
	if !cerrdefs.IsNotFound(err) {
		return wrap(err, "inspecting network "+name)
	}
	_, err = c.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{Driver: "bridge", Labels: labels})
	if cerrdefs.IsConflict(err) {
		return nil // made by someone else in between
	}
	return wrap(err, "creating network "+name)
}

// HasNetwork says whether the engine has a network of that name.
func (c *Client) HasNetwork(ctx context.Context, name string) (bool, error) {
	_, err := c.api.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, wrap(err, "inspecting network "+name)
}

// RemoveNetwork removes a network; one that is gone is fine.
func (c *Client) RemoveNetwork(ctx context.Context, name string) error {
	_, err := c.api.NetworkRemove(ctx, name, client.NetworkRemoveOptions{})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return wrap(err, "removing network "+name)
}

// RemoveNetworks removes the networks with these labels, but for those that
// somebody's containers still use.
func (c *Client) RemoveNetworks(ctx context.Context, labels map[string]string) error {
	res, err := c.api.NetworkList(ctx, client.NetworkListOptions{Filters: labelFilter(labels)})
	if err != nil {
		return wrap(err, "listing networks")
	}
	for _, n := range res.Items {
		if _, err := c.api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{}); err != nil &&
			!cerrdefs.IsNotFound(err) && !cerrdefs.IsPermissionDenied(err) && !cerrdefs.IsConflict(err) {
			return wrap(err, "removing network "+n.Name)
		}
	}
	return nil
}

// Gateway is the address by which a network's containers reach the engine's
// machine; the zero address where they do not.
func (c *Client) Gateway(ctx context.Context, network string) (netip.Addr, error) {
	res, err := c.api.NetworkInspect(ctx, network, client.NetworkInspectOptions{})
	if err != nil {
		return netip.Addr{}, wrap(err, "inspecting network "+network)
	}
	for _, config := range res.Network.IPAM.Config {
		if config.Gateway.Is4() {
			return config.Gateway, nil
		}
	}
	return netip.Addr{}, nil
}

// At gives the labels of the container that has an address on a network now; ok
// is false where none has.
func (c *Client) At(ctx context.Context, network string, addr netip.Addr) (labels map[string]string, ok bool, err error) {
	res, err := c.api.NetworkInspect(ctx, network, client.NetworkInspectOptions{})
	if err != nil {
		return nil, false, wrap(err, "inspecting network "+network)
	}
	for id, end := range res.Network.Containers {
		if end.IPv4Address.Addr() == addr {
			state, err := c.Inspect(ctx, id)
			if errs.KindOf(err) == errs.NotFound {
				return nil, false, nil
			}
			return state.Labels, err == nil && state.Running, err
		}
	}
	return nil, false, nil
}
