/** What one types to get here: the repository's own script says how it was called. */
export const commandName = process.env.FEEDALIGN_COMMAND || 'feedalign';
