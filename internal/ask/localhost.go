package ask

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Transport is net/http's own, to which every name below localhost is this machine, as
// it is to browsers and curl (RFC 6761, section 6.3): not every resolver knows that. It
// is for who may be given the address of an emulated service.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	proxy, dial := t.Proxy, t.DialContext
	t.Proxy = func(r *http.Request) (u *url.URL, err error) {
		if below(r.URL.Hostname()) {
			return nil, nil
		}
		return proxy(r)
	}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(addr); err == nil && below(host) {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
		return dial(ctx, network, addr)
	}
	return t
}

func below(host string) bool { return strings.HasSuffix(strings.ToLower(host), ".localhost") }
