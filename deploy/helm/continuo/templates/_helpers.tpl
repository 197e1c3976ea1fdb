{{- define "continuo.name" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) }}
{{- $name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "continuo.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "continuo.secret" -}}
{{ .Values.secrets.existing | default (include "continuo.name" .) }}
{{- end }}

{{- define "continuo.database" -}}
{{ include "continuo.name" . }}-database
{{- end }}

{{/* The following take a dict of root and component. */}}
{{- define "continuo.selector" -}}
app.kubernetes.io/name: continuo
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "continuo.metadata" -}}
name: {{ include "continuo.name" .root }}-{{ .component }}
labels:
  {{- include "continuo.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* What every pod has: no rights, a root that cannot be written, and no token of the cluster. */}}
{{- define "continuo.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "continuo.container" -}}
image: {{ include "continuo.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Spreads the pods of a component over machines and zones. */}}
{{- define "continuo.spread" -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "continuo.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* Settings of the programs that serve. */}}
{{- define "continuo.settings" -}}
- {name: CONTINUO_AUTH, value: "keys:/etc/continuo/secrets/keys"}
- {name: CONTINUO_ADMIN_ADDR, value: "0.0.0.0:9190"}
- {name: CONTINUO_LOG_FORMAT, value: json}
- {name: CONTINUO_DRAIN_TIMEOUT, value: {{ printf "%ds" (int .Values.drainSeconds) | quote }}}
- {name: CONTINUO_TRUSTED_PROXIES, value: {{ join "," (concat (list "127.0.0.0/8" "::1/128") .Values.podNetworks) | quote }}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* The URL of a service's database. */}}
{{- define "continuo.databaseURL" -}}
{{- $variable := printf "CONTINUO_%s_DATABASE_URL" (.service | upper | replace "-" "_") }}
{{- if .root.Values.database.cloudnativepg.enabled }}
- {name: {{ $variable }}, value: "postgres://continuo@{{ include "continuo.database" .root }}-rw:5432/continuo_{{ .service | replace "-" "_" }}?sslmode=verify-full&sslrootcert=/etc/continuo/database/ca.crt"}
{{- else }}
- name: {{ $variable }}
  valueFrom: {secretKeyRef: {name: {{ required "set database.existing or database.cloudnativepg.enabled" .root.Values.database.existing }}, key: {{ .service }}}}
{{- end }}
{{- end }}

{{- define "continuo.databasePassword" -}}
{{- if .Values.database.cloudnativepg.enabled }}
- name: PGPASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "continuo.database" . }}-app, key: password}}
{{- end }}
{{- end }}

{{/* The Secret with the certificate of a component, its key and the authority. */}}
{{- define "continuo.certificate" -}}
{{ include "continuo.name" .root }}-{{ .component }}-tls
{{- end }}
