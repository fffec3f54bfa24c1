package closure_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// plain brings both sides to what is compared field by field.
func plain(a answer, dir string) answer {
	for _, r := range a.Requirements {
		delete(r, "same_specifier")
		r["link"], r["raw"] = link.Mask(r["link"].(string)), link.Mask(r["raw"].(string))
	}
	if a.Requirements == nil {
		a.Requirements = []map[string]any{}
	}
	o := a.Options
	if pre, ok := o["pre"].(bool); ok {
		list, _ := o["all_releases"].([]any)
		if pre && !slices.Contains(list, any(":all:")) {
			list = append(list, ":all:")
		}
		o["all_releases"] = list
	}
	delete(o, "pre")
	for _, key := range []string{"all_releases", "only_final", "use_features", "trusted_hosts", "index_urls", "find_links"} {
		list, _ := o[key].([]any)
		out := []string{}
		for _, v := range list {
			s := link.Mask(v.(string))
			if rel, ok := strings.CutPrefix(s, dir+"/"); ok && key == "find_links" {
				s = filepath.Clean(rel)
			} else if key == "find_links" && !strings.Contains(s, ":") {
				s = filepath.Clean(s)
			}
			out = append(out, s)
		}
		if key != "index_urls" && key != "find_links" {
			slices.Sort(out)
		}
		o[key] = out
	}
	for _, key := range []string{"no_require_hashes"} {
		o[key] = o[key] == true
	}
	return a
}

// meaning is what pip would act upon, without spelling and order.
func meaning(a answer, dir string) []string {
	var out []string
	hash := a.Options["require_hashes"] == true
	for _, r := range a.Requirements {
		link := anonymous(r["link"].(string))
		link = strings.TrimPrefix(link, "file://")
		link = strings.TrimPrefix(strings.TrimPrefix(link, "file:"), dir)
		link = strings.TrimPrefix(strings.TrimPrefix(link, "src"), "/")
		base, fragment, _ := strings.Cut(link, "#")
		var keep []string
		for _, f := range strings.Split(fragment, "&") {
			if f != "" && !strings.HasPrefix(f, "egg=") && base != "libs/foo" { // a folder's says nothing
				keep = append(keep, f)
			}
		}
		name, specifier := r["name"], r["same_specifier"]
		if link != "" {
			name, specifier = "", nil // the link says it
		}
		hashes := map[string][]string{}
		for alg, list := range r["hashes"].(map[string]any) {
			hash = true
			for _, h := range list.([]any) {
				hashes[alg] = append(hashes[alg], strings.ToLower(h.(string)))
			}
			slices.Sort(hashes[alg])
			hashes[alg] = slices.Compact(hashes[alg])
		}
		line, _ := json.Marshal([]any{name, specifier, r["extras"], r["marker"], base, keep, r["constraint"], hashes, r["config_settings"]})
		out = append(out, string(line))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	o := a.Options
	for _, key := range []string{"index_urls", "no_index", "no_binary", "only_binary", "prefer_binary", "trusted_hosts", "use_features"} {
		v := fmt.Sprint(o[key])
		if list, ok := o[key].([]any); ok && key == "index_urls" {
			v = ""
			for _, u := range list {
				if one := " " + strings.TrimRight(anonymous(u.(string)), "/"); !strings.Contains(v+" ", one+" ") {
					v += one
				}
			}
		}
		if key == "no_binary" || key == "only_binary" {
			if strings.Contains(v, ":all:") {
				v = ":all:"
			}
		}
		out = append(out, key+" "+v)
	}
	return append(out, fmt.Sprint("hash ", hash && o["no_require_hashes"] != true))
}

// anonymous is a URL without userinfo, but for ssh, and with a small scheme.
func anonymous(link string) string {
	link = strings.NewReplacer("%24{", "${", "%1F", "\x1f", "%1f", "\x1f", "%c2%a0", "\u00a0", "%C2%A0", "\u00a0", "%09", "\t", "%20", " ", "%5C", `\`).Replace(link)
	i := strings.Index(link, "//")
	if i < 0 {
		return link
	}
	end := len(link)
	if j := strings.IndexAny(link[i+2:], "/?#"); j >= 0 {
		end = i + 2 + j
	}
	if at := strings.LastIndexByte(link[:end], '@'); at >= 0 && !strings.Contains(link[:i], "ssh") {
		link, end = link[:i+2]+link[at+1:], end-(at+1-i-2)
	}
	return strings.ToLower(link[:end]) + link[end:]
}
