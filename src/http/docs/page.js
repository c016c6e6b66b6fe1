/* Runs in the browser: shows the OpenAPI document. */
SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#swagger-ui',
  // It takes every fragment for its own and rewrites it: those of the socket's half must stay.
  deepLinking: location.hash === '' || location.hash.startsWith('#/'),
  docExpansion: 'list',
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  // Without the bar that asks for the address of another document.
  layout: 'BaseLayout',
  plugins: [onlyNeededLocks],
});

/** A lock stands only where a token is needed: an operation that anyone may call takes one, but asks for none. */
function onlyNeededLocks() {
  return {
    wrapComponents: {
      OperationSummary:
        (Original, { React }) =>
        (props) => {
          const { operationProps } = props;
          const security = operationProps.get('security');
          if (!security?.some((requirement) => requirement.isEmpty())) return React.createElement(Original, props);
          const open = operationProps.set('security', security.clear());
          return React.createElement(Original, { ...props, operationProps: open });
        },
    },
  };
}
