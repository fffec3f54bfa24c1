package container

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Pod is what an instance is made of. Its containers share a network, so that each
// reaches the others on localhost, and volumes; when one ends, all do.
type Pod struct {
	Containers []Part // in the order in which they start
	Volumes    []Volume
}

// Part is a container of a Pod. The one that Terms are of has no Name.
type Part struct {
	docker.Container
	Name   string
	Mounts []Mount
	Before bool    // others start when it is ready
	Start  *Probe  // what it is asked until it is ready; nil: it is once it runs
	Probes []Probe // what it is asked then
}

// Volume is a folder in memory, with what is in it at first.
type Volume struct {
	Name  string
	Size  int64 // in bytes; 0 = no limit
	Mode  uint32
	Files []docker.File // by their path below it
}

// Mount is where a container has a volume.
type Mount struct {
	Volume, Path string
	ReadOnly     bool
}

// Alone is a Pod of one container.
func Alone(c docker.Container) Pod { return Pod{Containers: []Part{{Container: c}}} }

// raise brings up a pod: first a container that does nothing but hold its network and
// its volumes, as no other is there from the beginning to the end.
func (in *Instance) raise(ctx context.Context, pod Pod) (*Box, error) {
	holder, binds, err := in.hold(ctx, pod)
	if err != nil {
		return nil, in.Maker.Failed("holding a network and volumes", err)
	}
	all, base, err := in.order(ctx, pod, holder, binds)
	if err != nil {
		in.Host.Go(func() { in.clear(all, holder) })
		return nil, err
	}
	var main *Box
	for i, p := range pod.Containers {
		if p.Name == "" {
			main = all[i]
		}
	}
	in.serve(main, base)
	for i, b := range all {
		if b == main {
			continue
		}
		main.beside = append(main.beside, b)
		b.host = main.host
		in.tend(main, b, pod.Containers[i].Probes)
		in.Host.Go(func() { // one that ends ends all
			select {
			case <-b.ended:
			case <-main.ended:
			}
			in.forget(main)
			if !b.stopped.Load() || !main.stopped.Load() {
				in.clear(all, "")
			}
		})
	}
	in.Host.Go(func() {
		<-main.gone
		in.clear(all, holder)
	})
	return main, nil
}

// order starts the containers of a pod one after the other. What it gives is as far as it
// came.
func (in *Instance) order(ctx context.Context, pod Pod, holder string, binds map[string]string) (all []*Box, base string, err error) {
	ask := func(i int) (err error) {
		switch p := pod.Containers[i]; {
		case p.Name == "":
			base, err = in.probe(ctx, all[i], holder)
		case p.Start != nil:
			err = in.until(ctx, all[i], holder, p)
		}
		return err
	}
	for i, p := range pod.Containers {
		b, err := in.place(ctx, p, holder, binds)
		if err != nil {
			return all, "", err
		}
		if all = append(all, b); p.Before {
			if err := ask(i); err != nil {
				return all, "", err
			}
		}
	}
	for i, p := range pod.Containers {
		if !p.Before {
			if err := ask(i); err != nil {
				return all, "", err
			}
		}
	}
	return all, base, nil
}

// place starts a container on what is held.
func (in *Instance) place(ctx context.Context, p Part, holder string, binds map[string]string) (*Box, error) {
	h, c := in.Host, p.Container
	c.Network, c.PublishPort = "container:"+holder, 0
	for _, at := range p.Mounts {
		bind := binds[at.Volume] + ":" + at.Path
		if at.ReadOnly {
			bind += ":ro"
		}
		c.Binds = append(c.Binds, bind)
	}
	id, err := h.Docker.Create(ctx, c)
	if err != nil {
		return nil, in.Maker.Failed("creating the container "+p.Name, err)
	}
	if err := h.Docker.Start(ctx, id); err != nil {
		h.Remove(id)
		return nil, in.Maker.Unready(err.Error())
	}
	return in.follow(id, time.Time{}), nil
}

// until waits until a container beside is ready.
func (in *Instance) until(ctx context.Context, b *Box, network string, p Part) error {
	m := in.Maker
	state, err := in.Host.Docker.Inspect(ctx, network)
	if err != nil {
		return m.Failed("inspecting the container", err)
	}
	ctx, cancel := context.WithTimeout(ctx, p.Start.limit())
	defer cancel()
	pause := firstPause
	for {
		err := p.Start.once(ctx, state.IP)
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-b.ended:
			timer.Stop()
			return m.Unready(fmt.Sprintf("The container %q exited with code %d before it was ready.", p.Name, b.code))
		case <-ctx.Done():
			timer.Stop()
			return m.Unready("STARTUP " + p.Start.failed(p.Name) + " The instance was not started. " + err.Error())
		case <-timer.C:
		}
		pause = min(pause*3/2, lastPause)
	}
}

// clear ends containers of a pod, and removes the one that holds; "" = it stays.
func (in *Instance) clear(all []*Box, holder string) {
	h, t := in.Host, in.Maker.Terms()
	grace := t.Grace
	if h.ctx.Err() != nil {
		grace = time.Second // the emulator itself is going down
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), grace+20*time.Second)
	defer cancel()
	var stops sync.WaitGroup
	for _, b := range all {
		b.stopped.Store(true)
		stops.Go(func() {
			if err := h.Docker.Stop(ctx, b.id, grace); err != nil {
				h.Log.Warn("stopping a container", "revision", t.Name, "error", err)
			}
			select {
			case <-b.gone:
			case <-ctx.Done():
			}
		})
	}
	stops.Wait()
	if holder != "" {
		h.Remove(holder)
	}
}
