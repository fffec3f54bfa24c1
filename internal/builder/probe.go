package builder

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// How long an app may listen in the wrong place before the probe gives up on
// it. A port that only loopback can reach will hardly change; another port may
// be a side door that opens before the main one.
const (
	patienceLoopback = 5 * time.Second
	patienceOther    = time.Minute
)

// probed is what the probe tells the start step, as one line of JSON.
type probed struct {
	Listens bool     `json:"listens"`
	Others  []string `json:"others,omitempty"` // where it listens instead, host:port
}

// Probe waits until something listens on the port in its own network
// namespace, on an address that can be reached from outside. It only reads the
// kernel's table, so the app sees no connection. What it found goes to out as
// one line of JSON; it is an error when the port never listened.
func Probe(ctx context.Context, port int, timeout time.Duration, out io.Writer) error {
	return probe(ctx, port, timeout, []string{"/proc/net/tcp", "/proc/net/tcp6"}, out)
}

func probe(ctx context.Context, port int, timeout time.Duration, tables []string, out io.Writer) error {
	if port < 1 || port > 65535 {
		return errs.New(errs.Usage, "", "port %d is not between 1 and 65535", port)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var result probed
	var since time.Duration // since when it listens elsewhere, in pauses
	for pause := 2 * time.Millisecond; ; pause = min(pause*3/2, 50*time.Millisecond) {
		result = look(tables, port)
		if result.Listens || ctx.Err() != nil {
			break
		}
		if since += pause; len(result.Others) == 0 {
			since = 0
		} else if since > patience(result.Others, port) {
			break
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
	line, err := json.Marshal(result)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
		return err
	}
	if !result.Listens {
		return errs.New(errs.Build, "", "nothing listens on 0.0.0.0:%d", port)
	}
	return nil
}

// patience is how long to wait while the app listens only elsewhere.
func patience(others []string, port int) time.Duration {
	for _, o := range others {
		if strings.HasSuffix(o, ":"+strconv.Itoa(port)) {
			return patienceLoopback
		}
	}
	return patienceOther
}

// look reads who listens now.
func look(tables []string, port int) probed {
	var p probed
	for _, name := range tables {
		f, err := os.Open(name)
		if err != nil {
			continue // a kernel without IPv6 has no tcp6
		}
		for _, a := range listeners(f) {
			switch {
			case int(a.Port()) == port && !a.Addr().IsLoopback():
				p.Listens = true
			case a.Addr() != dockerDNS:
				p.Others = append(p.Others, net.JoinHostPort(a.Addr().String(), strconv.Itoa(int(a.Port()))))
			}
		}
		f.Close()
	}
	slices.Sort(p.Others)
	p.Others = slices.Compact(p.Others)
	return p
}

// dockerDNS is Docker's own resolver in a container's namespace.
var dockerDNS = netip.AddrFrom4([4]byte{127, 0, 0, 11})

// listeners reads the listening sockets of a table like /proc/net/tcp; lines
// of another form are left out.
func listeners(r io.Reader) (list []netip.AddrPort) {
	for s := bufio.NewScanner(r); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) < 4 || f[3] != "0A" { // TCP_LISTEN
			continue
		}
		if a, ok := parseAddress(f[1]); ok {
			list = append(list, a)
		}
	}
	return list
}

// parseAddress reads ADDRESS:PORT in hex, where each four bytes of the address
// are a number in the machine's own order.
func parseAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || (len(b) != 4 && len(b) != 16) {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}
