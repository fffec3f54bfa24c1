package cloudbuild

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// writeCredentials writes a docker config.json with the access token for the
// local registry, in the form Cloud Build gives to its steps. The user's own
// docker configuration is not used, apart from where its plugins are: clients on
// the host need to know.
func (s *Server) writeCredentials(dir string, host bool) error {
	type auth struct {
		Auth string `json:"auth"`
	}
	config := struct {
		Auths   map[string]auth `json:"auths"`
		Plugins []string        `json:"cliPluginsExtraDirs,omitempty"`
	}{Auths: map[string]auth{}}
	if s.cfg.RegistryHost != "" && s.cfg.Token != "" {
		config.Auths[s.cfg.RegistryHost] = auth{base64.StdEncoding.EncodeToString([]byte("oauth2accesstoken:" + s.cfg.Token))}
	}
	if home, err := os.UserHomeDir(); err == nil && host {
		plugins := filepath.Join(home, ".docker", "cli-plugins")
		if _, err := os.Stat(plugins); err == nil {
			config.Plugins = []string{plugins}
		}
	}
	data, err := json.MarshalIndent(config, "", "\t")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, "config.json"), append(data, '\n'), 0o600)
}
