package credential

import (
	"context"
	"slices"
)

// Cloud is where builds run, if some package indexes are of its own: they take the
// login of whoever asks, so none need be given. The zero value has no indexes.
type Cloud struct {
	// Index says whether the host is an index of the cloud's, and no other host may
	// see the login.
	Index func(host string) bool
	// Login is how this machine asks one; false where it has no login.
	Login func(ctx context.Context) (Login, bool)
	// InBuild says that a build there has a login of its own, and gets none from here.
	InBuild bool
}

// Own are the hosts that the build asks with a login of its own, where it is given
// no other one.
func (s Sources) Own() (hosts []string) {
	if !s.Cloud.InBuild {
		return nil
	}
	ambient := s.ambient()
	for _, host := range s.Hosts {
		if _, given := pick(ambient, host); !given && s.cloud(host) && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// cloud says whether a host gets the cloud's login: one that is asked without TLS
// does not.
func (s Sources) cloud(host string) bool {
	return s.Cloud.Index != nil && s.Cloud.Index(host) && !slices.Contains(s.Unsafe, host)
}
