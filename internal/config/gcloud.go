package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ambient is what gcloud's users already have: the variables, in order, and
// the property of the active configuration.
var ambient = []struct {
	key, section, property string
	variables              []string
}{
	{"project", "core", "project", []string{"CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"}},
	{"region", "run", "region", []string{"CLOUDSDK_RUN_REGION"}},
	{"account", "core", "account", []string{"CLOUDSDK_CORE_ACCOUNT"}},
	{"impersonate_service_account", "auth", "impersonate_service_account", []string{"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT"}},
	{tokenFileKey, "auth", "access_token_file", []string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"}},
	{disabledKey, "auth", "disable_credentials", []string{"CLOUDSDK_AUTH_DISABLE_CREDENTIALS"}},
	{quotaKey, "billing", "quota_project", []string{"GOOGLE_CLOUD_QUOTA_PROJECT", "CLOUDSDK_BILLING_QUOTA_PROJECT"}},
}

// What gcloud's users have set, and no key of ours is for.
const (
	tokenFileKey = "access_token_file"
	disabledKey  = "disable_credentials"
	quotaKey     = "quota_project"
)

// Caller is who calls Google, beside the credentials that are found. The zero value
// is those alone.
type Caller struct {
	Impersonate  []string // service accounts: the last is the one to be, by way of those before it
	TokenFile    string   // gcloud's auth/access_token_file: it is used in place of credentials
	QuotaProject string   // what a user's calls are charged to; "" = as the credentials say
	Disabled     string   // where gcloud's auth/disable_credentials is set; "" = it is not
}

// caller takes over what gcloud's users have set.
func (c *Config) caller(l layer) {
	if v, ok := l[disabledKey]; ok {
		if off, err := truth(disabledKey, v); err == nil && off {
			c.Caller.Disabled = v.at.String()
		}
	}
	for key, field := range map[string]*string{"account": &c.Account, tokenFileKey: &c.Caller.TokenFile, quotaKey: &c.Caller.QuotaProject} {
		if v, ok := l[key]; ok {
			*field, c.Origin[key] = v.text, v.at.String()
		}
	}
	switch c.Caller.QuotaProject {
	case "LEGACY": // whom the resource belongs to
		c.Caller.QuotaProject = ""
	case "CURRENT_PROJECT", "CURRENT_PROJECT_WITH_FALLBACK":
		c.Caller.QuotaProject = l["project"].text
	}
}

// setAccounts accepts service accounts with commas between them, as gcloud does.
func setAccounts(to func(*Config) *[]string) Setter {
	return func(into any, key string, v value) error {
		var all []string
		_, err := word(key, v, func(s string) (string, *Fault) {
			for account := range strings.SplitSeq(s, ",") {
				account, fault := CheckAccount(strings.TrimSpace(account))
				if fault != nil {
					return "", fault
				}
				all = append(all, account)
			}
			return s, nil
		})
		*to(into.(*Config)) = all
		return err
	}
}

// fromGcloud reads the values of ambient. What cannot be read is as absent: the
// file belongs to another program.
func fromGcloud(lookup func(string) (string, bool), home string) layer {
	out := layer{}
	properties, file := activeConfiguration(lookup, home)
	for _, a := range ambient {
		if s := properties[a.section+"/"+a.property]; s != "" {
			out[a.key] = value{kind: text, text: s, loose: true, at: origin{name: "gcloud's " + file}}
		}
		for i := len(a.variables) - 1; i >= 0; i-- {
			if v, ok := loose(lookup, a.variables[i]); ok {
				out[a.key] = v
			}
		}
	}
	return out
}

var configurationName = regexp.MustCompile(`^[a-z][-a-z0-9]*$`)

// activeConfiguration gives the properties as section/name, and the file's name.
func activeConfiguration(lookup func(string) (string, bool), home string) (map[string]string, string) {
	dir, _ := lookup("CLOUDSDK_CONFIG")
	if dir == "" && home != "" {
		dir = filepath.Join(home, ".config", "gcloud")
	}
	if dir == "" {
		return nil, ""
	}
	name, _ := lookup("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if name == "" {
		data, _ := os.ReadFile(filepath.Join(dir, "active_config"))
		name = strings.TrimSpace(string(data))
	}
	if name == "" {
		name = "default"
	}
	if !configurationName.MatchString(name) { // NONE, or not gcloud's
		return nil, ""
	}
	data, err := os.ReadFile(filepath.Join(dir, "configurations", "config_"+name))
	if err != nil {
		return nil, ""
	}
	return parseINI(string(data)), "config_" + name
}

// parseINI reads `name = value` lines under `[section]` lines.
func parseINI(data string) map[string]string {
	out, section := map[string]string{}, ""
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok && strings.HasSuffix(inner, "]") {
			section = strings.TrimSuffix(inner, "]")
			continue
		}
		if i := strings.IndexAny(line, "=:"); i > 0 && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			out[section+"/"+strings.ToLower(strings.TrimSpace(line[:i]))] = strings.TrimSpace(line[i+1:])
		}
	}
	return out
}
