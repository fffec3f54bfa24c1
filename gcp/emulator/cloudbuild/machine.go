package cloudbuild

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/metadata"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Who is told what by a metadata server. At Google a build has a machine, and what
// runs there may ask. Here all builds share one with its users, so:
//   - the network of steps is served on the address that its bridge has on this
//     machine, and only a container that is on that network now, has the label of a
//     build that runs, and sends from its own address, is told of that build. Labels
//     are on steps and on what they start by `docker run`: not on the app, its tests,
//     or the RUN lines of a Dockerfile. A process of this machine sends from the
//     bridge's own address, another machine from another one;
//   - steps on the host's network cannot be told apart by their address. They find a
//     name that nobody can guess in GCE_METADATA_HOST, good while the build runs;
//   - nothing is done to the way to 169.254.169.254: this may be a machine of
//     Google's, whose own server is there.

// machines are the metadata servers of the builds under way.
type machines struct {
	cfg  *Config
	told sync.Once // why there is none

	mu      sync.Mutex
	builds  map[string]machine
	servers map[netip.Addr]*http.Server
	addrs   map[netip.Addr]string // host:port, or a host alone for port 80
}

// machine is a build's.
type machine struct {
	metadata.Instance
	name string // in the path, for steps on the host's network
}

// loopback is where steps on the host's network ask.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

func newMachines(cfg *Config) *machines {
	return &machines{cfg: cfg, builds: map[string]machine{}, servers: map[netip.Addr]*http.Server{}, addrs: map[netip.Addr]string{}}
}

// enter begins a build's machine, and gives the variables of its steps on the
// host's network.
func (m *machines) enter(b *cloudbuildpb.Build) (env []string) {
	if m.cfg.Instance == nil {
		return nil
	}
	one := machine{m.cfg.Instance(b), rand.Text()}
	m.mu.Lock()
	m.builds[b.Id] = one
	m.mu.Unlock()
	if m.cfg.HostNetwork == nil {
		return nil
	}
	at, err := m.listen(loopback, false)
	if err != nil {
		m.without(err)
		return nil
	}
	return metadata.Env(at + "/" + one.name)
}

// leave ends it: nothing of the build is told any more. After the last one nobody
// listens, as a port that is held here cannot be had by a server for all addresses.
func (m *machines) leave(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if delete(m.builds, id); len(m.builds) > 0 {
		return
	}
	for addr, s := range m.servers {
		_ = s.Close() // what is open is of containers that are gone
		delete(m.servers, addr)
	}
}

// joined gives what containers on the network of steps find the server by. Where
// the bridge is not on this machine (Docker Desktop, rootless, remote) there is none.
func (m *machines) joined(ctx context.Context) (hosts, env []string) {
	addr, err := m.cfg.Docker.Gateway(ctx, m.cfg.Network)
	if err == nil && !addr.IsValid() {
		return nil, nil
	}
	var at string
	if err == nil {
		at, err = m.listen(addr, true)
	}
	if err != nil {
		m.without(err)
		return nil, nil
	}
	// The port need not be the one that the names imply: it takes root, or is taken.
	return []string{"metadata.google.internal:" + addr.String(), "metadata:" + addr.String()}, metadata.Env(at)
}

func (m *machines) without(err error) {
	m.told.Do(func() { m.cfg.Log.Warn("steps of builds find no metadata server", "error", err) })
}

// listen serves on an address of this machine, once, and gives host:port; with
// known preferably the port that needs no saying.
func (m *machines) listen(addr netip.Addr, known bool) (at string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.servers[addr] != nil {
		return m.addrs[addr], nil
	}
	var l net.Listener
	var lc net.ListenConfig // no context: it outlives the build that it is opened for
	if known {
		l, err = lc.Listen(context.Background(), "tcp4", netip.AddrPortFrom(addr, 80).String())
	}
	if at = addr.String(); l == nil {
		if l, err = lc.Listen(context.Background(), "tcp4", netip.AddrPortFrom(addr, 0).String()); err != nil {
			return "", err
		}
		at += ":" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	}
	var h http.Handler
	if addr == loopback {
		h = http.HandlerFunc(m.byName)
	} else {
		h = metadata.Handler(m.byContainer)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.Serve(l) }() // ends by close
	m.servers[addr], m.addrs[addr] = s, at
	return at, nil
}

// byContainer finds the build of the container that asks. It is looked for anew
// each time: an address may be another one's by now.
func (m *machines) byContainer(r *http.Request) (metadata.Instance, bool) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return metadata.Instance{}, false
	}
	labels, ok, err := m.cfg.Docker.At(r.Context(), m.cfg.Network, from.Addr().Unmap())
	if err != nil || !ok || labels[docker.Label] != m.cfg.StateID {
		return metadata.Instance{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	one, ok := m.builds[labels[Label]]
	return one.Instance, ok
}

// byName serves /NAME/computeMetadata/…: who asks has NAME from its environment.
func (m *machines) byName(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	one, ok := m.named(name)
	host, _, _ := net.SplitHostPort(r.Host)
	ok = ok && host == loopback.String()
	metadata.Handler(func(*http.Request) (metadata.Instance, bool) { return one, ok }).ServeHTTP(w, below(r, "/"+name))
}

func (m *machines) named(name string) (found metadata.Instance, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range m.builds {
		if subtle.ConstantTimeCompare([]byte(one.name), []byte(name)) == 1 {
			found, ok = one.Instance, true
		}
	}
	return found, ok
}

// below is a request without the beginning of its path.
func below(r *http.Request, prefix string) *http.Request {
	r = r.Clone(r.Context())
	if r.URL.Path, r.URL.RawPath = strings.TrimPrefix(r.URL.Path, prefix), ""; r.URL.Path == "" {
		r.URL.Path = "/"
	}
	return r
}
