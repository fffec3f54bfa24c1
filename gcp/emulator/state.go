package emulator

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// state is what outlives a server in its folder, and the port it holds.
type state struct {
	dir, token, id string
	addr           string // 127.0.0.1:PORT
	listener       net.Listener
	lock           *flock.Flock
}

func (s *state) path(name string) string { return filepath.Join(s.dir, name) }

// openState locks the folder, takes the port, and reads or makes the rest.
func openState(ctx context.Context, o Options) (_ *state, err error) {
	if o.Dir == "" {
		return nil, errors.New("no state folder given")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &state{dir: dir}
	s.lock = flock.New(s.path("lock"))
	if ok, err := s.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	} else if !ok {
		return nil, errs.New(errs.Transient, "Stop the other one with `gcpdeploy local stop`.", "other emulators run on the state in %s", dir)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.token, err = s.secret("token", 32); err != nil {
		return nil, err
	}
	if s.id = o.StateID; s.id != "" {
		err = atomicfile.Keep(s.path("state-id"), []byte(s.id), 0o600)
	} else {
		s.id, err = s.secret("state-id", 6)
	}
	if err != nil {
		return nil, err
	}
	if err := s.listen(ctx, o.Addr); err != nil {
		return nil, err
	}
	return s, s.writeDockerConfig()
}

// Identity reads from a state folder which id and which host:port its emulators
// have, for who cleans up after them; both are empty where there never were any.
func Identity(dir string) (id, addr string, err error) {
	for name, text := range map[string]*string{"state-id": &id, "port": &addr} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("reading the emulators' state: %w", err)
		}
		*text = strings.TrimSpace(string(data))
	}
	if addr != "" {
		addr = net.JoinHostPort("127.0.0.1", addr)
	}
	return id, addr, nil
}

// Close frees port and lock.
func (s *state) Close() error {
	if s.listener != nil {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return errors.Join(err, s.lock.Unlock())
		}
	}
	return s.lock.Unlock()
}

// secret is the text of a file of n random bytes in hex, made if it is not
// there or damaged.
func (s *state) secret(name string, n int) (string, error) {
	data, err := os.ReadFile(s.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if b, err := hex.DecodeString(string(data)); err == nil && len(b) == n {
		return string(data), os.Chmod(s.path(name), 0o600)
	}
	b := make([]byte, n)
	rand.Read(b)
	text := hex.EncodeToString(b)
	return text, atomicfile.Keep(s.path(name), []byte(text), 0o600)
}

// listen takes addr's port. Where none is given it takes the one of the last
// time, so that what was named by it stays reachable, and when somebody else
// has that, a free one, which is kept from then on.
func (s *state) listen(ctx context.Context, addr string) error {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if host != "127.0.0.1" {
		return errs.New(errs.Usage, "Listen on 127.0.0.1.", "the emulators must not listen on %q: they run code for whoever reaches them", host)
	}
	if port == "0" {
		if last, err := os.ReadFile(s.path("port")); err == nil {
			if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp4", net.JoinHostPort(host, strings.TrimSpace(string(last)))); err != nil {
				s.listener = nil
			}
		}
	}
	if s.listener == nil {
		if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp4", addr); err != nil {
			return errs.New(errs.Transient, "Stop what listens there or choose another port.", "taking the emulators' port: %w", err)
		}
	}
	s.addr = s.listener.Addr().String()
	_, port, _ = net.SplitHostPort(s.addr)
	return atomicfile.Keep(s.path("port"), []byte(port), 0o600)
}

// writeDockerConfig makes the DOCKER_CONFIG folder for docker clients that push
// to the registry. The user's own plugins (buildx) stay usable with it.
func (s *state) writeDockerConfig() error {
	auth := map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(frame.TokenUser + ":" + s.token))}
	_, port, _ := net.SplitHostPort(s.addr)
	config := map[string]any{"auths": map[string]any{s.addr: auth, "localhost:" + port: auth}}
	if home, err := os.UserHomeDir(); err == nil {
		config["cliPluginsExtraDirs"] = []string{filepath.Join(home, ".docker", "cli-plugins")}
	}
	data, err := json.Marshal(config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.path("docker"), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(s.path("docker"), "config.json"), data, 0o600)
}
