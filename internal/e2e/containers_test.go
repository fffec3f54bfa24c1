package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// containers is the Docker that revisions run on. A container is a server in
// this process, which answers what its image is; one of an app that says "crash"
// ends at once, and one that says "flaky" answers 500 to one request in five.
type containers struct {
	tokenFile string

	mu     sync.Mutex
	images map[string]docker.Image // by reference and by id
	all    map[string]*container

	database []string // what tasks of jobs have done
}

var _ frame.Containers = (*containers)(nil)

type container struct {
	docker.Container
	server *http.Server
	state  docker.State
	ended  chan struct{}
}

// answer is what an app of ours serves.
type answer struct{ Image, Text, Base string }

func newContainers(tokenFile string) *containers {
	return &containers{tokenFile: tokenFile, images: map[string]docker.Image{}, all: map[string]*container{}}
}

func (c *containers) InspectImage(_ context.Context, ref string) (docker.Image, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	img, ok := c.images[ref]
	return img, ok, nil
}

func (c *containers) HasImage(ctx context.Context, ref string) (bool, error) {
	_, ok, err := c.InspectImage(ctx, ref)
	return ok, err
}

func (c *containers) Pull(ctx context.Context, ref string, _ docker.Auth) error {
	r, err := name.ParseReference(ref)
	if err != nil {
		return err
	}
	auth, err := auth(c.tokenFile)
	if err != nil {
		return err
	}
	img, err := remote.Image(r, remote.WithAuth(auth), remote.WithContext(ctx))
	if err != nil {
		return errs.New(errs.NotFound, "", "pulling %s: %w", ref, err)
	}
	f, err := img.ConfigFile()
	if err != nil {
		return err
	}
	id, err := img.ConfigName()
	if err != nil {
		return err
	}
	found := docker.Image{ID: id.String(), Digests: []string{ref}, Labels: f.Config.Labels}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.images[ref], c.images[found.ID] = found, found
	return nil
}

func (c *containers) Create(_ context.Context, k docker.Container) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := "container-" + strconv.Itoa(len(c.all)+1)
	c.all[id] = &container{Container: k, ended: make(chan struct{}), state: docker.State{ID: id, Image: k.Image, Labels: k.Labels}}
	return id, nil
}

func (c *containers) get(id string) (*container, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.all[id]; k != nil {
		return k, nil
	}
	return nil, errs.New(errs.NotFound, "", "no container %s", id)
}

// Write is of containers with files, which those here have none of.
func (c *containers) Write(context.Context, string, []docker.File) error {
	return errors.ErrUnsupported
}

func (c *containers) Start(_ context.Context, id string) error {
	k, err := c.get(id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	img := c.images[k.Image]
	if k.PublishPort == 0 { // a task of a job: "migrate NAME EXIT" is a database that it leaves so
		words := slices.Concat(k.Entrypoint, k.Cmd)
		k.state.ExitCode, err = strconv.Atoi(words[2])
		c.database = append(c.database, words[1]+" by "+img.Labels["e2e.text"])
		if k.state.Running = words[1] == "endless"; !k.state.Running {
			close(k.ended)
		}
		return err
	}
	if img.Labels["e2e.text"] == "crash" {
		k.state.ExitCode = 3
		close(k.ended)
		return nil
	}
	// An address of its own, as containers have.
	var l net.Listener
	for range 20 {
		k.state.IP = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(256), 1+rand.IntN(250))
		if l, err = net.Listen("tcp", net.JoinHostPort(k.state.IP, strconv.Itoa(k.PublishPort))); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	_, digest, _ := strings.Cut(img.Digests[0], "@")
	said, err := json.Marshal(answer{Image: digest, Text: img.Labels["e2e.text"], Base: img.Labels[baseLabel]})
	if err != nil {
		return err
	}
	k.state.Running = true
	flaky, asked := img.Labels["e2e.text"] == "flaky", new(atomic.Int64)
	k.server = &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if flaky && asked.Add(1)%5 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write(said)
	})}
	go func() { _ = k.server.Serve(l) }()
	return nil
}

func (c *containers) Wait(ctx context.Context, id string) (int, error) {
	k, err := c.get(id)
	if err != nil {
		return 0, err
	}
	select {
	case <-k.ended:
		return k.state.ExitCode, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (c *containers) LogStream(ctx context.Context, id string, _ docker.LogOptions, stdout, _ io.Writer) error {
	k, err := c.get(id)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s hello from %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), id, strings.Join(k.Entrypoint, " "))
	_, err = c.Wait(ctx, id)
	return err
}

func (c *containers) Inspect(_ context.Context, id string) (docker.State, error) {
	k, err := c.get(id)
	if err != nil {
		return docker.State{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return k.state, nil
}

func (c *containers) Stop(_ context.Context, id string, _ time.Duration) error {
	k, err := c.get(id)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.state.Running {
		k.state.Running = false
		close(k.ended)
		if k.server == nil {
			return nil
		}
		return k.server.Close()
	}
	return nil
}

func (c *containers) Remove(ctx context.Context, id string) error {
	err := c.Stop(ctx, id, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.all[id]; k != nil {
		k.state.IP = "" // the id is not used again
	}
	return cmp.Or(err, nil)
}

func (c *containers) List(context.Context, map[string]string) ([]docker.Summary, error) {
	return nil, nil
}
