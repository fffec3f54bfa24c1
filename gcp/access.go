package gcp

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/httptransport"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Access is a Config put to use: credentials found once, one connection for
// each host. It makes nothing before it is asked, and may be shared.
type Access struct {
	Config
	credentials func() (*auth.Credentials, error)

	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

// New makes an Access. It opens no file and no connection.
func New(c Config) *Access {
	if c.Clock == nil {
		c.Clock = poll.System
	}
	if c.UserAgent == "" {
		c.UserAgent = "gcpdeploy"
	}
	return &Access{Config: c, credentials: sync.OnceValues(c.credentials), conns: map[string]*grpc.ClientConn{}}
}

// Close closes the connections to servers without TLS; the others belong to
// their clients.
func (a *Access) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first error
	for host, c := range a.conns {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
		delete(a.conns, host)
	}
	return first
}

// GRPC gives the options for a gRPC client of the API at endpoint ("" =
// Google's). Connecting happens with the first call.
func (a *Access) GRPC(endpoint string) ([]option.ClientOption, error) {
	if plain(endpoint) {
		c, err := a.conn(endpoint)
		if err != nil {
			return nil, err
		}
		return []option.ClientOption{option.WithGRPCConn(c), option.WithTelemetryDisabled()}, nil
	}
	opts, err := a.secure()
	opts = append(opts, option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(noted)))
	for _, o := range lasting {
		opts = append(opts, option.WithGRPCDialOption(o))
	}
	if err == nil && endpoint != "" {
		at := host(endpoint)
		if !strings.Contains(at, ":") {
			at += ":443"
		}
		opts = append(opts, option.WithEndpoint(at))
	}
	return opts, err
}

// lasting has a connection outlive a network that was away, or a machine that
// slept. One that died unseen is found out by a ping: the system's own limit is a
// quarter of an hour. A new one is tried for every few seconds, not after up to two
// minutes, which is longer than any call is tried.
var lasting = []grpc.DialOption{
	grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 500 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second},
		MinConnectTimeout: 10 * time.Second,
	}),
}

// HTTP gives the options for a JSON client of the API at endpoint ("" =
// Google's), whose paths begin with path.
func (a *Access) HTTP(endpoint, path string) ([]option.ClientOption, error) {
	at := strings.TrimSuffix(strings.TrimSuffix(endpoint, "/"), strings.TrimSuffix(path, "/")) + path
	if plain(endpoint) {
		creds, err := a.credentials()
		if err != nil {
			return nil, err
		}
		// The credentials are set as well, or the client looks for others, on the network too.
		return []option.ClientOption{
			option.WithEndpoint(at), option.WithAuthCredentials(creds), option.WithTelemetryDisabled(),
			option.WithHTTPClient(&http.Client{Transport: a.Transport(endpoint)}),
		}, nil
	}
	creds, err := a.credentials()
	if err != nil {
		return nil, err
	}
	c, err := httptransport.NewClient(&httptransport.Options{
		Credentials: own(creds), DisableTelemetry: true, BaseRoundTripper: a.base(), Headers: http.Header{"User-Agent": {a.UserAgent}},
	})
	opts := []option.ClientOption{option.WithHTTPClient(c), option.WithTelemetryDisabled()}
	if endpoint != "" {
		opts = append(opts, option.WithEndpoint(at))
	}
	return opts, err
}

// own are the same credentials for one more client: making one over HTTP changes those
// that it is given, while others may use them.
func own(creds *auth.Credentials) *auth.Credentials {
	return auth.NewCredentials(&auth.CredentialsOptions{
		TokenProvider: creds, JSON: creds.JSON(), ProjectIDProvider: auth.CredentialsPropertyFunc(creds.ProjectID),
		QuotaProjectIDProvider: auth.CredentialsPropertyFunc(creds.QuotaProjectID), UniverseDomainProvider: auth.CredentialsPropertyFunc(creds.UniverseDomain),
	})
}

// base is an HTTP transport in which a call without an answer ends, once all of
// the call has been sent, and in which a connection that died unseen is found out.
func (c Config) base() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = c.Limit()
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 10 * time.Second}
	return t
}

// secure are the options for Google's own servers.
func (a *Access) secure() ([]option.ClientOption, error) {
	creds, err := a.credentials()
	if err != nil {
		return nil, err
	}
	return []option.ClientOption{
		option.WithAuthCredentials(creds), option.WithUserAgent(a.UserAgent), option.WithTelemetryDisabled(),
	}, nil
}

// conn is the connection to a server without TLS; all APIs on a host share it.
func (a *Access) conn(endpoint string) (*grpc.ClientConn, error) {
	creds, err := a.credentials()
	if err != nil {
		return nil, err
	}
	at := host(endpoint)
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.conns[at]; ok {
		return c, nil
	}
	c, err := grpc.NewClient("passthrough:///"+at, append(slices.Clip(lasting),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(rpcToken{creds}),
		grpc.WithUserAgent(a.UserAgent), grpc.WithChainUnaryInterceptor(noted),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))...)
	if err == nil {
		a.conns[at] = c
	}
	return c, err
}

// Transport is an HTTP transport with our token and name, for the host of
// endpoint only: whatever goes elsewhere, by a redirect too, goes without.
func (a *Access) Transport(endpoint string) http.RoundTripper {
	return a.transport(endpoint, a.credentials)
}

func (c Config) transport(endpoint string, credentials func() (*auth.Credentials, error)) http.RoundTripper {
	base := c.base()
	if loopback(endpoint) {
		base.Proxy = nil
		base.DisableCompression = true
	}
	return &bearer{base: base, host: host(endpoint), agent: c.UserAgent, credentials: credentials}
}

type bearer struct {
	base        http.RoundTripper
	host, agent string
	credentials func() (*auth.Credentials, error)
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != b.host {
		return b.base.RoundTrip(r)
	}
	creds, err := b.credentials()
	if err != nil {
		return nil, err
	}
	t, err := creds.Token(r.Context())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.Value)
	r.Header.Set("User-Agent", b.agent)
	if project, err := creds.QuotaProjectID(r.Context()); err == nil && project != "" {
		r.Header.Set(quotaHeader, project)
	}
	return b.base.RoundTrip(r)
}

var _ http.RoundTripper = (*bearer)(nil)
