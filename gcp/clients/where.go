package clients

import "github.com/gcpdeploy/gcpdeploy/gcp"

// Said is a setting and who said it: "--region", "gcpdeploy.yaml:3", "gcloud's config_default".
type Said struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

// Where is where a run goes and as whom, with what says so.
type Where struct {
	Project     Said         `json:"project"`
	Region      Said         `json:"region"`
	Account     *Said        `json:"account,omitempty"` // gcloud's, which credentials need not be of
	Impersonate *Said        `json:"impersonate_service_account,omitempty"`
	Credentials gcp.Identity `json:"credentials"`
}

// Caller is who makes the calls, in words.
func (s *Set) Caller() string { return s.access.Caller() }

// Where says it without a call. Of the emulators there is nothing to say: ok is false.
func (s *Set) Where() (w Where, ok bool, err error) {
	if s.local {
		return w, false, nil
	}
	c := s.Config
	w.Project, w.Region = Said{c.Project, c.Origin["project"]}, Said{c.Region, c.Origin["region"]}
	if c.Account != "" {
		w.Account = &Said{c.Account, c.Origin["account"]}
	}
	if n := len(c.Caller.Impersonate); n > 0 {
		w.Impersonate = &Said{c.Caller.Impersonate[n-1], c.Origin["impersonate_service_account"]}
	}
	w.Credentials, err = s.access.Identity()
	return w, true, err
}
