package credential

import "net/http"

// Transport sends the logins of the hosts with requests to them, but for those
// that only the command knows: it may ask the user something.
func (s Sources) Transport(next http.RoundTripper) http.RoundTripper {
	s.Command = nil
	return transport{s, next}
}

type transport struct {
	sources Sources
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper. It looks at each request's own host: a
// redirect never carries a login elsewhere.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	s := t.sources
	s.Hosts = nil
	for _, host := range t.sources.Hosts {
		if host == BareHost(r.URL.Host) {
			s.Hosts = []string{host}
		}
	}
	// Here this machine asks, whatever builds have.
	s.Cloud.InBuild = r.URL.Scheme != "https"
	if set, err := s.Collect(r.Context()); err == nil && len(set) == 1 && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.SetBasicAuth(string(set[0].User), string(set[0].Password))
	}
	return t.next.RoundTrip(r)
}

var _ http.RoundTripper = transport{}
