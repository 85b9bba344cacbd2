namespace LlmGateway.Data.Files;

/// <summary>The file that is written is not there to be written any more: it was deleted, completed, or begun anew by somebody else.</summary>
public sealed class FileLostException(string message) : Exception(message);

/// <summary>There is no room for the piece in this process's memory.</summary>
public sealed class FileSpaceException(string message) : Exception(message);
